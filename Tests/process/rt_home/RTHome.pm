# The rt command keeps its sessions in the home folder of the account that runs it. Loaded before it, this gives it a
# folder of its own: RT_TEST_HOME.
package RTHome;
use strict;
use warnings;

BEGIN {
    no warnings 'once';
    *CORE::GLOBAL::getpwuid = sub {
        my @entry = CORE::getpwuid($_[0]);
        $entry[7] = $ENV{RT_TEST_HOME};
        return wantarray ? @entry : $entry[0];
    };
}

1;
