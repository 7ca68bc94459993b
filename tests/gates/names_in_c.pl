#!/usr/bin/perl
# Fails when C code names what only the rule editions may name: a solution area, a certificate, or the points that
# qualify. The names are read from the editions, so a new edition is guarded without a change here. Comments may
# name examples.
#
#   tests/gates/names_in_c.pl FILE...
use strict;
use warnings;

my (%words, %numbers);
for my $path (glob('rules/editions/*.yaml')) {
	open my $in, '<', $path or die "$path: $!";
	my $section = '';
	while (my $line = <$in>) {
		$section = $1 if $line =~ /^([a-z-]+):/;
		my ($key, $value) = $line =~ /^\s*(?:- )?([a-z-]+):\s*"?(.*?)"?\s*(?:#.*)?$/ or next;
		$words{$value} = "the certificate $value" if $section eq 'certificates' && $key =~ /^(code|title)$/;
		$words{$value} = "the area $value" if $section eq 'areas' && $line =~ /^  (- |  )(id|name):/;
		$numbers{$value} = "the points that qualify" if $section eq 'settings' && $key eq 'qualifies-at';
	}
}
die "names-in-c: the editions name no area, no certificate or no points that qualify\n"
	unless (grep { /area/ } values %words) && (grep { /certificate/ } values %words) && %numbers;

# Any separator stands for any other, so that identifiers are seen too; a space only where the name has one.
my (%codes, %titles);
for my $word (keys %words) {
	my @parts = map { lc } grep { length } split /[^A-Za-z0-9+]+/, $word;
	if ($word =~ /\s/) { $titles{join ' ', @parts} = $word } else { $codes{join '-', @parts} = $word }
}
sub any_of {
	my $all = join '|', map { quotemeta } sort { length $b <=> length $a } @_;
	return qr/(?<![a-z0-9])($all)(?![a-z0-9])/;
}
my ($any_code, $any_title) = (any_of(keys %codes), any_of(keys %titles));
sub named_in {
	my ($line) = @_;
	(my $as_code = lc $line) =~ s/[^a-z0-9+\s]{1,3}/-/g;
	(my $as_title = lc $line) =~ s/[^a-z0-9+]{1,3}/ /g;
	# Two exports bear the name of an area.
	$as_title =~ s/business applications (?:revenue|usage)//g;
	my %found;
	$found{$codes{$1}} = 1 while $as_code =~ /$any_code/g;
	$found{$titles{$1}} = 1 while $as_title =~ /$any_title/g;
	return sort keys %found;
}
my $number = join '|', map { quotemeta } sort keys %numbers;

my $faults = 0;
for my $path (@ARGV) {
	open my $in, '<', $path or die "$path: $!";
	my $text = do { local $/; <$in> };
	# Comments become blanks, their line ends stay; strings and character constants are kept.
	$text =~ s{(/\*.*?\*/)|("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')}
		{defined $1 ? do { (my $c = $1) =~ s/[^\n]//g; $c } : $2}gse;
	my $n = 0;
	for my $line (split /\n/, $text) {
		$n++;
		for my $word (named_in($line)) {
			print "names-in-c: $path:$n: names $words{$word}, which belongs into rules/editions\n";
			$faults++;
		}
		(my $bare = $line) =~ s/"(?:\\.|[^"\\])*"/""/g;
		if ($bare =~ /(?<![A-Za-z0-9_.])(?:$number)(?![A-Za-z0-9_.])/) {
			print "names-in-c: $path:$n: writes $&, the points that qualify, which belong into rules/editions\n";
			$faults++;
		}
	}
}
print "names-in-c: ", scalar(@ARGV), " files name none of ", scalar(keys %words), " names\n" unless $faults;
exit($faults ? 1 : 0);
