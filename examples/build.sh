# What examples/run and tests/run share: the Debian packages and the build. Sourced, not run.
# Goes to the top of the repository, so that every path below is written from there.
# shellcheck shell=bash

CDPATH='' cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

# Debian's own meson and python3, for which the packages below are, before any other.
PATH=/usr/bin:$PATH

# What it takes to build the library and the programs (libc6-dev: gcc only recommends it).
# shellcheck disable=SC2034
build_packages=(gcc libc6-dev meson ninja-build pkg-config libgsl-dev libudunits2-dev libyaml-dev libproj-dev
    libglpk-dev librandom123-dev libhdf5-dev libnetcdf-dev nettle-dev zlib1g-dev)

say() {
    printf '==> %s\n' "$*"
}

# quietly COMMAND...: runs it, and shows what it printed only if it fails.
quietly() {
    local log status=0
    log=$(mktemp)
    "$@" >"$log" 2>&1 || status=$?
    if [ "$status" -ne 0 ]; then
        cat "$log" >&2
        printf 'Failed: %s\n' "$*" >&2
    fi
    rm -f "$log"
    return "$status"
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# need_packages PACKAGE...: installs those that are missing; touches no network if none is.
need_packages() {
    local package missing=()
    if ! command -v dpkg-query >/dev/null; then
        say "Not a Debian system: please see to it that you have the equivalents of: $*"
        return 0
    fi
    for package; do
        dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
            missing+=("$package")
    done
    if [ ${#missing[@]} -eq 0 ]; then
        say "Debian packages: all there"
        return 0
    fi
    if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
        say "Debian packages are missing. As root: apt-get install --no-install-recommends ${missing[*]}" >&2
        return 1
    fi
    say "Installing Debian packages (a minute or two): ${missing[*]}"
    quietly as_root apt-get update &&
        quietly as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install --yes --no-install-recommends "${missing[@]}"
}

# build DIR [MESON_OPTION...]: sets DIR up with these options, or brings it up to date with the
# options it has, and compiles.
build() {
    local dir=$1
    shift
    if [ -f "$dir/build.ninja" ]; then
        say "Configuring $dir/ again, as it is set up"
        set -- --reconfigure
    else
        say "Configuring $dir/"
    fi
    quietly meson setup "$dir" "$@" || return
    say "Compiling in $dir/"
    quietly meson compile -C "$dir"
}
