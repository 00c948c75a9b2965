#!/usr/bin/env bash
# Builds the image gatehouse:VERSION with buildah, from this checkout. Runs as root or rootless; reads nothing but the package registry.
#   packaging/container/build.sh [--rootfs-only FOLDER]
# Node's own libraries come from this machine: build on the oldest distribution whose kernel and C library the image's hosts are to have.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
PATH="$root/node_modules/.bin:$PATH"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rootfs=$work/rootfs
[ "${1:-}" = --rootfs-only ] && rootfs=$2

mkdir -p "$rootfs"/{opt/gatehouse,usr/bin,etc,tmp,data}
package=$(node "$root/scripts/package.mjs" "$work")
npm install --silent --no-audit --no-fund --omit=dev --omit=optional --ignore-scripts --prefix "$rootfs/opt/gatehouse" "$package"
rm -f "$rootfs"/opt/gatehouse/package-lock.json

cp -L "$(node -p process.execPath)" "$rootfs/usr/bin/node"
ldd "$rootfs/usr/bin/node" | sed -n 's|.*=> \(/[^ ]*\) .*|\1|p; s|^[[:space:]]*\(/[^ ]*\) .*|\1|p' | while read -r library; do
  mkdir -p "$rootfs$(dirname "$library")"
  cp -L "$library" "$rootfs$library"
done
printf 'gatehouse:x:65532:65532::/data:\n' > "$rootfs/etc/passwd"
printf 'gatehouse:x:65532:\n' > "$rootfs/etc/group"
printf 'hosts: files dns\n' > "$rootfs/etc/nsswitch.conf"
chmod 1777 "$rootfs/tmp"
chmod 0700 "$rootfs/data"
chown 65532:65532 "$rootfs/data" 2>/dev/null || true
[ "${1:-}" = --rootfs-only ] && exit 0

cp "$root/packaging/container/Containerfile" "$work/"
mv "$rootfs/data" "$work/data"
version=$(node -p "require('$root/package.json').version")
buildah bud --isolation chroot --format docker --tag "gatehouse:$version" --file "$work/Containerfile" "$work"
echo "built gatehouse:$version"
