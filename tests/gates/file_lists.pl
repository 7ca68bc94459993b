#!/usr/bin/perl
# Fails when a list of files or folders is not whole: the list at the head of engine_internal.h must name every file of
# its folder and no other, the layout in the README every folder.
#
#   tests/gates/file_lists.pl HEADER README
use strict;
use warnings;

my ($header, $readme) = @ARGV;
my $faults = 0;

sub fault {
	print "file-lists: ", @_, "\n";
	$faults++;
}

sub text_of {
	my ($path) = @_;
	open my $in, '<', $path or die "$path: $!";
	local $/;
	return scalar <$in>;
}

my ($comment) = text_of($header) =~ m{\A/\*(.*?)\*/}s or die "file-lists: $header does not begin with a comment\n";
my %files = map { m{([^/]+)\.[ch]$} && $1 ne 'engine_internal' ? ($1 => 1) : () } glob('rules/engine/*.[ch]');
my %named = map { $_ => 1 } map { split /, / } $comment =~ /^ \*   (\w+(?:, \w+)*): /mg;
for my $file (sort keys %files) {
	fault("$header does not name rules/engine/$file") unless $named{$file};
}
for my $name (sort keys %named) {
	fault("$header names $name, and there is no rules/engine/$name") unless $files{$name};
}

my ($layout) = text_of($readme) =~ /^## Layout\n.*?```\n(.*?)```/ms or die "file-lists: $readme has no layout\n";
for my $folder (grep { -d } glob('{common,rules,services,tests}/*'), glob('{proto,docker,docs,scripts}')) {
	my ($name) = $folder =~ m{([^/]+)$};
	fault("the layout of $readme does not name $folder") unless $layout =~ m{(?<![a-z])\Q$name\E(?![a-z])};
}
print "file-lists: ", scalar(keys %files), " files and all folders are named\n" unless $faults;
exit($faults ? 1 : 0);
