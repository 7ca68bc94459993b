#!/usr/bin/perl
# Fails when the tables of rules in a document and the rule files disagree: a rule id or a key of `sources` that an
# edition uses and no table row has, a row that no edition uses, a row that stands twice or has an empty cell, an id in
# a document's text that no row has.
#
#   tests/gates/rule_ids.pl DOCUMENT EDITION...
use strict;
use warnings;

# Of a requirement (R-SP-KUBERNETES.AUDIT) the part before the dot.
my $id = qr/(?<![A-Za-z0-9-])R-[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*/;
my $faults = 0;

sub fault {
	print "rule-ids: ", @_, "\n";
	$faults++;
}

my ($document, @editions) = @ARGV;
die "rule-ids: no document or no editions given\n" unless @editions;

my (%used, %n_used);
for my $path (@editions) {
	open my $in, '<', $path or die "$path: $!";
	my $section = '';
	while (my $line = <$in>) {
		$section = $1 if $line =~ /^([a-z-]+):/;
		my @found = $line =~ /$id/g;
		push @found, $1 if $line =~ /(?<![a-z-])rule:\s*"?([^\s",}#]+)/;
		push @found, $1 if $section eq 'sources' && $line =~ /^  ([A-Za-z0-9]+):/;
		$used{$_} //= "$path:$." for @found;
		$n_used{$path} += @found;
	}
	fault("$path uses no rule: is it an edition?") unless $n_used{$path};
}

my (%row, %mentioned);
open my $in, '<', $document or die "$document: $!";
my ($tables, $fenced) = (0, 0);
while (my $line = <$in>) {
	$fenced = !$fenced if $line =~ /^```/;
	$tables = 1 if $line =~ /^## Rules /;
	next if $fenced || !$tables;
	$mentioned{$_} //= $. for $line =~ /$id/g;
	my ($key, @cells) = map { s/^\s+|\s+$//gr } split /\|/, $line =~ s/^\|//r;
	next unless $line =~ /^\| *(?:$id|[A-Z][A-Z0-9]+) *\|/;
	pop @cells if @cells && $cells[-1] eq '';
	fault("$document:$.: $key has a row already, in line $row{$key}") if $row{$key};
	fault("$document:$.: the row of $key says nothing in a cell") if !@cells || grep { $_ eq '' } @cells;
	$row{$key} = $.;
	fault("$document:$.: $key is used by no edition") unless $used{$key};
}
fault("$document has no section 'Rules ...'") unless $tables;
fault("$used{$_}: $_ has no row in $document") for grep { !$row{$_} } sort keys %used;
fault("$document:$mentioned{$_}: $_ is spoken of but has no row") for grep { !$row{$_} } sort keys %mentioned;
print "rule-ids: ", scalar(keys %row), " rows of $document, each used by an edition\n" unless $faults;
exit($faults ? 1 : 0);
