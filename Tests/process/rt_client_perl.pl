#!/usr/bin/perl
# A session of the Perl library RT::Client::REST (Debian: librt-client-rest-perl) with the RT dialect:
#   rt_client_perl.pl BASE UNIQUE
# prints `ok NAME` or `not ok NAME # DETAIL` for each check, and `end` at its end.
use strict;
use warnings;
use utf8;
use Error qw(:try);
use File::Temp qw(tempdir);
use RT::Client::REST;
use RT::Client::REST::Attachment;
use RT::Client::REST::Group;
use RT::Client::REST::Queue;
use RT::Client::REST::Ticket;
use RT::Client::REST::Transaction;
use RT::Client::REST::User;

binmode STDOUT, ':encoding(UTF-8)';
$| = 1;
my ($base, $unique) = @ARGV;
my $space = 'RT::Client::REST::';

sub good {
    my ($name, $value, $detail) = @_;
    $detail = defined $detail ? $detail : '';
    $detail =~ s/\n/ | /g;
    print $value ? "ok $name\n" : "not ok $name # $detail\n";
    return $value;
}

sub equal {
    my ($name, $actual, $expected) = @_;
    $actual = 'undefined' unless defined $actual;
    return good($name, $actual eq $expected, "expected $expected, got $actual");
}

sub like_text {
    my ($name, $actual, $expected) = @_;
    $actual =~ s/\s+\z//;
    return equal($name, $actual, $expected);
}

# Whether an action dies of this exception of the library.
sub dies {
    my ($name, $class, $action) = @_;
    my $reason = eval { $action->(); undef } || $@ || 'nothing';
    return good($name, ref $reason && $reason->isa($space . $class), ref $reason ? ref($reason) . ": $reason" : $reason);
}

# A group of checks; what dies in it is one failed check more.
sub part {
    my ($name, $action) = @_;
    eval { $action->(); 1 } or good("the part '$name' runs to its end", 0, "$@");
    return;
}

sub client {
    my ($user, $password) = @_;
    my $rt = RT::Client::REST->new(server => $base, timeout => 60);
    $rt->login(username => $user, password => $password || "$user-secret-1");
    return $rt;
}

sub ticket { return RT::Client::REST::Ticket->new(rt => $_[0], id => $_[1])->retrieve }

sub octets {
    my ($path) = @_;
    open(my $file, '<:raw', $path) or die "$path: $!";
    local $/ = undef;
    my $content = <$file>;
    close $file;
    return $content;
}

my ($ana, $ben, $root, $first, $second);

part('signing in', sub {
    dies('a wrong password is refused', 'AuthenticationFailureException', sub { client('ana', 'wrong') });
    dies('an unknown user is refused', 'AuthenticationFailureException', sub { client('nobody-here') });
    dies('a disabled user is refused', 'AuthenticationFailureException', sub { client('dora') });
    ($ana, $ben, $root) = map { client($_) } qw(ana ben root);
    good('ana signs in', $ana);
});

part('creating', sub {
    $first = RT::Client::REST::Ticket->new(
        rt => $ana, queue => 'General', subject => "$unique first", requestor => ["$unique\@example.net"],
        cc => ['x@example.net', 'y@example.net'], priority => 5, time_estimated => 90,
        cf => { Severity => 'High', Serial => 'S 1' },
    )->store(text => "one\ntwo\n\nfour")->id;
    good('a ticket is created', $first && $first =~ /^\d+$/, $first);
    $second = $ana->create(type => 'ticket', set => { queue => 'Support', subject => "$unique second", owner => 'ana' }, text => 'words');
    good('another one, without objects', $second && $second > $first, $second);
    dies('none in an unknown queue', 'CouldNotCreateObjectException',
        sub { $ana->create(type => 'ticket', set => { queue => 'Nowhere', subject => 'x' }) });
    dies('none with an unknown field', 'CouldNotCreateObjectException',
        sub { $ana->create(type => 'ticket', set => { queue => 'General', subject => 'x', bogus => 1 }) });
});

part('showing', sub {
    my $ticket = ticket($ana, $first);
    equal('id', $ticket->id, $first);
    equal('subject', $ticket->subject, "$unique first");
    equal('queue', $ticket->queue, 'General');
    equal('owner', $ticket->owner, 'Nobody');
    equal('creator', $ticket->creator, 'ana');
    equal('status', $ticket->status, 'new');
    equal('priority', $ticket->priority, 5);
    equal('requestors', join(',', $ticket->requestors), "$unique\@example.net");
    equal('cc', join(',', sort $ticket->cc), 'x@example.net,y@example.net');
    equal('a custom field', $ticket->cf('Severity'), 'High');
    equal('another', $ticket->cf('Serial'), 'S 1');
    good('created is a moment', $ticket->created_datetime->year > 2000);
    my $shown = $ana->show(type => 'ticket', id => $second);
    equal('a form without objects', $shown->{Subject}, "$unique second");
    dies('an unknown ticket', 'ObjectNotFoundException', sub { ticket($ana, 99999999) });
});

part('editing', sub {
    my $ticket = ticket($ana, $first);
    $ticket->subject("$unique changed");
    $ticket->status('open');
    $ticket->priority(9);
    $ticket->cf(Severity => 'Low');
    $ticket->add_cc('z@example.net');
    $ticket->delete_cc('x@example.net');
    $ticket->store;
    my $again = ticket($ana, $first);
    equal('its effect', join('|', $again->subject, $again->status, $again->priority, $again->cf('Severity')), "$unique changed|open|9|Low");
    equal('on people', join(',', sort $again->cc), 'y@example.net,z@example.net');
    equal('without objects', $ana->edit(type => 'ticket', id => $first, set => { priority => 10 }), $first);
    $again->due('2031-02-03 04:05:06');
    $again->store;
    equal('a date', ticket($ana, $first)->due_datetime->strftime('%F %T'), '2031-02-03 04:05:06');
    dies('an unknown status is refused', 'UnknownRTException', sub { $ana->edit(type => 'ticket', id => $first, set => { status => 'asleep' }) });
    dies('an unknown custom field is refused', 'UnknownCustomFieldException',
        sub { $ana->edit(type => 'ticket', id => $first, set => { 'CF.{Nowhere}' => 1 }) });
    dies('the time of creation is not changed', 'ImmutableFieldException',
        sub { $ana->edit(type => 'ticket', id => $first, set => { created => '2001-01-01' }) });
    dies('an unknown ticket is refused', 'ObjectNotFoundException', sub { $ana->edit(type => 'ticket', id => 99999999, set => { subject => 'x' }) });
});

part('searching', sub {
    my @found = $ana->search(type => 'ticket', query => "Subject LIKE '$unique'", orderby => '-id');
    equal('tickets in an order', "@found", "$second $first");
    @found = $ana->search(type => 'ticket', query => "Subject LIKE '$unique' AND CF.{Severity} = 'Low'");
    equal('by custom field', "@found", $first);
    my $result = RT::Client::REST::Ticket->new(rt => $ana)->search(
        limits  => [ { attribute => 'subject', operator => 'like', value => $unique }, { attribute => 'status', operator => '=', value => 'open' } ],
        orderby => 'id',
    );
    equal('with objects', $result->count, 1);
    equal('which are fetched', ($result->get_iterator->())->subject, "$unique changed");
    @found = $ana->search(type => 'ticket', query => "Subject = '$unique none'");
    equal('nothing', scalar(@found), 0);
    dies('a bad query', 'InvalidQueryException', sub { $ana->search(type => 'ticket', query => "Bogus = 'x'") });
    @found = $root->search(type => 'user', query => 'Name = ana');
    equal('users', scalar(@found), 1);
    @found = $root->search(type => 'queue', query => 'Name = Support');
    equal('queues', scalar(@found), 1);
});

part('talking', sub {
    my $folder = tempdir(CLEANUP => 1);
    my $binary = join('', map { chr } 0 .. 255) x 3 . "\n\n--\n";
    open(my $file, '>:raw', "$folder/raw.bin") or die $!;
    print {$file} $binary;
    close $file;
    open($file, '>:raw', "$folder/plain.txt") or die $!;
    print {$file} "plain\ntext\n";
    close $file;
    my $ticket = ticket($ana, $first);
    $ticket->comment(message => "words among us\nsecond line");
    $ticket->correspond(message => 'words for them', cc => ['copy@example.net'], bcc => ['blind@example.net']);
    $ticket->comment(message => 'with files', attachments => [ "$folder/raw.bin", "$folder/plain.txt" ]);
    good('a reply tells when', ticket($ana, $first)->told_datetime);
    dies('none on an unknown ticket', 'ObjectNotFoundException', sub { $ana->comment(ticket_id => 99999999, message => 'x') });
    my %named = map { ($_->{Filename} || '') => $_ } $ana->get_attachments_metadata(id => $first);
    equal('files are listed', join('|', map { "$_->{Type} $_->{Size}" } @named{qw(raw.bin plain.txt)}), 'application/octet-stream 773b|text/plain 11b');
    my $one = $ana->get_attachment(parent_id => $first, id => $named{'plain.txt'}{id});
    equal('one of them', $one->{Filename} . '|' . $one->{ContentType}, 'plain.txt|text/plain');
    like_text('its text', $one->{Content}, "plain\ntext");
    my @objects = ticket($ana, $first)->attachments->get_iterator->();
    good('as objects', scalar @objects && $objects[0]->id);
    my $object = RT::Client::REST::Attachment->new(rt => $ana, id => $named{'plain.txt'}{id}, parent_id => $first)->retrieve;
    equal('with a name', $object->file_name, 'plain.txt');
    my $res = $ana->_submit("ticket/$first/attachments/$named{'raw.bin'}{id}/content");
    good('a file comes back octet by octet', $res->content eq $binary, length($res->content));
    dies('an unknown file', 'ObjectNotFoundException', sub { $ana->get_attachment(parent_id => $first, id => 999999999) });
});

part('history', sub {
    my @all = $ana->get_transaction_ids(parent_id => $first);
    good('transactions', @all > 5, scalar @all);
    my @comments = $ana->get_transaction_ids(parent_id => $first, transaction_type => 'Comment');
    equal('of one type', scalar(@comments), 2);
    my $one = $ana->get_transaction(parent_id => $first, id => $comments[0]);
    like_text('one of them', "$one->{Type}|$one->{Creator}|$one->{Description}", 'Comment|ana|Comments added by ana');
    like_text('its words', $one->{Content}, "words among us\nsecond line");
    my $created = ticket($ana, $first)->transactions(type => 'Create');
    equal('as objects', $created->count, 1);
    equal('with a type', ($created->get_iterator->())->type, 'Create');
    my @none = $ana->get_transaction_ids(parent_id => $second, transaction_type => 'Correspond');
    equal('none of a type that never was', scalar(@none), 0);
    dies('of another ticket', 'UnknownRTException', sub { $ana->get_transaction(parent_id => $second, id => $comments[0]) });
});

part('linking', sub {
    $ana->link_tickets(src => $first, dst => $second, link_type => 'DependsOn');
    my $links = $ana->get_links(id => $first);
    equal('a link is made', $links->{DependsOn}[0]{id}, $second);
    equal('and read from the other side', $ana->get_links(id => $second)->{DependedOnBy}[0]{id}, $first);
    $ana->unlink_tickets(src => $first, dst => $second, link_type => 'DependsOn');
    good('and goes', !$ana->get_links(id => $first)->{DependsOn});
});

part('owning', sub {
    my $ticket = ticket($ana, $first);
    $ticket->take;
    equal('take', ticket($ana, $first)->owner, 'ana');
    my $taken = eval { $ticket->take; 1 };
    good('not twice', !$taken && ref($@) =~ /NoopOperation|AlreadyTicketOwner/, ref $@);
    ticket($ben, $first)->steal;
    equal('steal', ticket($ana, $first)->owner, 'ben');
    ticket($ben, $first)->untake;
    equal('untake', ticket($ana, $first)->owner, 'Nobody');
});

part('merging', sub {
    my $gone = $ana->create(type => 'ticket', set => { queue => 'General', subject => "$unique gone" });
    $ana->merge_tickets(src => $gone, dst => $first);
    equal('the merged number answers', ticket($ana, $gone)->id, $first);
});

part('refusals', sub {
    my ($rhea, $ned) = map { client($_) } qw(rhea ned);
    dies('a reader does not write', 'UnauthorizedActionException',
        sub { $rhea->edit(type => 'ticket', id => $first, set => { subject => 'x' }) });
    dies('an outsider does not read', 'UnauthorizedActionException', sub { ticket($ned, $first) });
});

part('people', sub {
    my $name = "${unique}u";
    my $user = RT::Client::REST::User->new(
        rt => $root, name => $name, email_address => "$name\@example.org", real_name => 'New One', password => 'new-secret-1', privileged => 1,
    )->store;
    good('a user is created', $user->id);
    my $again = RT::Client::REST::User->new(rt => $root, id => $user->id)->retrieve;
    equal('and shown', join('|', $again->name, $again->real_name, $again->email_address), "$name|New One|$name\@example.org");
    $again->real_name('Newer One');
    $again->store;
    equal('and changed', RT::Client::REST::User->new(rt => $ana, id => $user->id)->retrieve->real_name, 'Newer One');
    good('and signs in', client($name, 'new-secret-1'));
    my $queue = RT::Client::REST::Queue->new(rt => $root, name => "${unique}q", description => 'made here')->store;
    equal('a queue', RT::Client::REST::Queue->new(rt => $root, id => $queue->id)->retrieve->description, 'made here');
    equal('one of the world', RT::Client::REST::Queue->new(rt => $ana, id => 'Support')->retrieve->correspond_address, 'support@example.org');
    my $group = RT::Client::REST::Group->new(rt => $root, name => "${unique}g", description => 'made here')->store;
    equal('a group', RT::Client::REST::Group->new(rt => $root, id => $group->id)->retrieve->name, "${unique}g");
    dies('not by others', 'CouldNotCreateObjectException', sub { RT::Client::REST::Queue->new(rt => $ana, name => "${unique}q2")->store });
});

part('signing out', sub {
    eval { $ana->_submit('logout') };
    # The session is over: the library itself does not say so, but what it asks for is no longer shown.
    my $shown = eval { $ana->show(type => 'ticket', id => $first) };
    good('the session is over', !$shown || !$shown->{Subject});
});

print "end\n";
