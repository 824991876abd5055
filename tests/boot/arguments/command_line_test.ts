import assert from "node:assert/strict";
import { filterImageArguments } from "../../../lib/boot/arguments/filter_image_arguments.ts";
import { commandLine, type CommandLineParts, splitArguments } from "../../../lib/boot/mod.ts";
import { hasCode } from "../../../lib/error/mod.ts";

const PARTS: CommandLineParts = {
  architecture: "x86_64",
  root: { device: "/dev/vda", type: "ext4", writable: false },
  consoles: [],
  image: [],
  own: [],
  user: [],
};

Deno.test("commandLine() puts the image's arguments first and the user's last", () => {
  assert.equal(commandLine(PARTS), "root=/dev/vda rootfstype=ext4 ro");
  assert.equal(
    commandLine({
      ...PARTS,
      root: { device: "/dev/disk/by-id/virtio-root", type: "ext4", writable: true },
      consoles: ["tty0", "ttyS0"],
      image: ["quiet", "ro", "ostree=/ostree/boot.1", 'dyndbg="file a.c +p"'],
      own: ["selinux=0"],
      user: ["init=/bin/my shell", "two words", "loglevel=7"],
    }),
    'quiet dyndbg="file a.c +p" root=/dev/disk/by-id/virtio-root rootfstype=ext4 rw console=tty0 ' +
      'console=ttyS0 selinux=0 init="/bin/my shell" "two words" loglevel=7',
  );
});

Deno.test("commandLine() refuses arguments that the kernel cannot be given", () => {
  const rows = [
    ['a="b c"', /"a=\\"b c\\"": it holds a double quote$/],
    ["a\nb", /it holds a control character$/],
    ["a\0b", /it holds a control character$/],
  ] as const;
  for (const [argument, message] of rows) {
    assert.throws(() => commandLine({ ...PARTS, user: [argument] }), (error) => {
      assert.ok(hasCode(error, "unpassable-argument"));
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("commandLine() refuses a line that the kernel would cut off", () => {
  for (const architecture of ["x86_64", "aarch64"] as const) {
    const parts = { ...PARTS, architecture, image: ["quiet"] };
    const room = 2047 - commandLine(parts).length - 1;
    assert.equal(commandLine({ ...parts, user: ["x".repeat(room)] }).length, 2047);
    assert.throws(() => commandLine({ ...parts, user: ["é".repeat(room)] }), (error) => {
      assert.ok(hasCode(error, "command-line-too-long"));
      assert.equal(
        error.message,
        `Cannot make the kernel command line: it has ${2047 + room} bytes, ${room} more than the ` +
          `2047 that ${architecture} kernels keep`,
      );
      assert.equal(error.data.user, room * 2);
      assert.equal(error.data.image, "quiet".length);
      return true;
    });
  }
});

Deno.test("filterImageArguments() leaves out what belongs to another disk", () => {
  const kept = [
    "quiet",
    "console=ttyS0",
    "rootwait",
    "rd.timeout=30",
    "systemd.unit=rescue.target",
    "systemd.volatile=overlay",
    "rodata=off",
    "rwx",
    "ostreexample=1",
    "init=/sbin/init",
    'module.parameter="a b"',
    "rd.systemd.show_status=1",
  ];
  const dropped = [
    "root=UUID=1",
    '"root=LABEL=my root"',
    "rootfstype=xfs",
    "rootflags=subvol=a",
    "ro",
    "rw",
    "ostree=/ostree/boot.1/x/0",
    "ostree",
    "composefs=abc",
    "composefs",
    "roothash=1",
    "usrhash=1",
    "systemd.verity=1",
    "systemd.verity_root_data=/dev/sda1",
    "rd.systemd.verity=0",
    "rd.luks.uuid=1",
    "luks.uuid=1",
    "rd.luks=0",
    "resume=/dev/sda2",
    "mount.usr=/dev/sda3",
    "BOOT_IMAGE=/vmlinuz",
    "initrd=/initrd",
    "--",
    "single",
  ];
  const mixed = kept.flatMap((argument, i) => [argument, ...dropped.slice(i * 2, i * 2 + 2)]);
  assert.deepEqual(filterImageArguments(mixed), { kept, dropped });
});

Deno.test("splitArguments() splits as the kernel does", () => {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ["", []],
    ["  quiet   splash ", ["quiet", "splash"]],
    ['a="b c" d', ['a="b c"', "d"]],
    ['"a b=c" d', ['"a b=c"', "d"]],
    ['a=b"c d"e f', ['a=b"c d"e', "f"]],
    ['a="b\n\0c"\td', ['a="b  c"', "d"]],
    ['a b="open end', ["a", 'b="open end"']],
    ["a\u00a0b", ["a", "b"]],
  ];
  for (const [line, expected] of rows) assert.deepEqual(splitArguments(line), expected, line);
});
