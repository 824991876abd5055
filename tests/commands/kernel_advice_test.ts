import assert from "node:assert/strict";
import { adviceFor } from "../../lib/commands/advice.ts";
import { type ErrorCode, type ErrorData, SnapvmError } from "../../lib/error/mod.ts";

function advice<Code extends ErrorCode>(code: Code, data: ErrorData[Code]): string | undefined {
  return adviceFor(new SnapvmError(code, "Cannot do it", { data }));
}

Deno.test("adviceFor() says how an image gets a kernel, or the kernel its initramfs", () => {
  assert.match(advice("no-kernel", { withoutInitramfs: [] })!, /^Most .* carry no kernel\. /);
  const path = "/boot/vmlinuz-6.1";
  assert.match(advice("no-kernel", { withoutInitramfs: [path] })!, /`dracut .*VERSION`/);
});

Deno.test("adviceFor() says how to choose another kernel", () => {
  assert.equal(
    advice("no-such-kernel", { wanted: "7", versions: ["6.1"] }),
    "Give --kernel one of these versions or paths, or leave it out for the first of them.",
  );
  const path = "/boot/vmlinuz-6.1";
  assert.match(
    advice("unsupported-kernel", { path, formats: ["lzma"] })!,
    /Or choose another kernel of the image with --kernel\.$/,
  );
  for (const platform of ["linux/arm64", "linux/amd64"]) {
    assert.equal(
      advice("wrong-machine", { path, architecture: "", platform }),
      `Give --platform ${platform} for a machine that fits this kernel, or choose another one of ` +
        "the image with --kernel.",
    );
  }
});

Deno.test("adviceFor() says what to change in a kernel command line", () => {
  assert.match(advice("unpassable-argument", { argument: 'a="b"' })!, /^Leave the quotes out: /);
  assert.equal(
    advice("command-line-too-long", { user: 2000, image: 5, own: 90 }),
    "Shorten what --karg gives (2000 bytes) or what the image brings along (5 bytes); the rest " +
      "is 90 bytes.",
  );
});
