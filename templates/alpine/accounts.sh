#!/bin/sh
# accounts.sh --make: makes the accounts of the image, always the same; run while it is built.
# accounts.sh --check: after packages were installed. What they made of the accounts is brought into the same form, and it
# is an error when one of ours is not what it was.
#
# Either writes to /etc. So it does nothing without being told to: who only tries it out keeps the accounts of the machine.
set -eu

builders=32 # as many builds can run at once; nix.conf says max-jobs = auto, and Nix takes an account for each
first=30000

group() { # NAME GID [MEMBERS]
    echo "$1:x:$2:${3-}"
}

user() { # NAME ID GROUP HOME SHELL
    echo "$1:x:$2:$3:$1:$4:$5"
}

members=
number=1
while [ "$number" -le "$builders" ]; do
    members=$members${members:+,}nixbld$number
    number=$((number + 1))
done

groups=$(
    group builder 1000
    group ci 1001
    group nixbld "$first" "$members"
)
users=$(
    user builder 1000 1000 /home/builder /bin/sh
    user ci 1001 1001 /home/ci /bin/sh
    number=1
    while [ "$number" -le "$builders" ]; do
        user "nixbld$number" "$((first + number))" "$first" /var/empty /sbin/nologin
        number=$((number + 1))
    done
)

case ${1-} in
    --make)
        echo "$groups" >>/etc/group
        echo "$users" >>/etc/passwd
        # No password fits `*`, and sshd lets a key in; with `!` the account would be locked, and sshd refuse it.
        echo "$users" | sed 's/:.*/:*:::::::/' >>/etc/shadow
        for name in builder ci; do
            mkdir -p "/home/$name"
            chown "$name:$name" "/home/$name"
            chmod 700 "/home/$name"
        done
        ;;
    --check)
        for line in $groups; do
            grep -qxF "$line" /etc/group || {
                echo "accounts.sh: a package changed the group $line" >&2
                exit 1
            }
        done
        for line in $users; do
            grep -qxF "$line" /etc/passwd || {
                echo "accounts.sh: a package changed the account $line" >&2
                exit 1
            }
        done
        # The third field is the day on which the password was changed: without it the file is the same every day.
        sed 's/^\([^:]*:[^:]*:\)[^:]*:/\1:/' /etc/shadow >/etc/shadow.new
        cat /etc/shadow.new >/etc/shadow
        rm -f /etc/shadow.new /etc/passwd- /etc/group- /etc/shadow- /etc/gshadow-
        ;;
    --help) echo 'usage: accounts.sh --make | --check; for the Containerfile alone: it changes the accounts where it runs' ;;
    '')
        echo 'accounts.sh: say what to do, while the image is built: --make or --check (--help says how it is called)' >&2
        exit 64
        ;;
    *)
        echo "accounts.sh: unknown argument '$1' (--help says how it is called)" >&2
        exit 64
        ;;
esac
