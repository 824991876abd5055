import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { fixtureImage } from "../fixtures/fixture_image.ts";
import { demo } from "./support/demo.ts";
import { runImage } from "./support/run_image.ts";
import { hasJournalUuid, kernelVersionIn, snapshotOf } from "./support/snapshot.ts";
import { runSnapvm } from "./support/snapvm.ts";
import { test } from "./support/test.ts";

const WITHOUT_KERNEL = fileURLToPath(new URL("../fixtures/tiny.ext4", import.meta.url));
const IGNITION = fileURLToPath(new URL("./support/config.ign", import.meta.url));

test("what fails before the guest ends snapvm run with 125, the reason and what to do", async ({ backend, t }) => {
  const reference = demo.reference;
  const arm64 = await fixtureImage("arm64");
  const rows = [
    {
      name: "an image that is not there",
      args: ["--pull", "never", "no/such:image"],
      first: `Cannot find the image "no/such:image": it is not in ${demo.root}`,
    },
    {
      name: "a platform that the image is not made for",
      args: [reference, "--platform", "linux/s390x"],
      first: `Cannot use ${reference} for linux/s390x: it is made for linux/amd64`,
    },
    {
      name: "an image without a kernel",
      args: [WITHOUT_KERNEL],
      first: "Cannot find a kernel in the image. Looked for:",
    },
    {
      name: "a kernel that the image does not have",
      args: [reference, "--kernel", "5.10"],
      first: 'Cannot choose the kernel "5.10": the image has no such kernel. The image has:',
    },
    {
      name: "a kernel argument that cannot be passed",
      args: [reference, "--karg", 'a="b"'],
      first: 'Cannot pass the kernel argument "a=\\"b\\"": it holds a double quote',
    },
    {
      name: "more kernel arguments than the kernel keeps",
      args: [reference, "--karg", "x".repeat(2048)],
      first:
        /^Cannot make the kernel command line: it has \d+ bytes, \d+ more than the 2047 that x86_64 kernels keep$/,
    },
    {
      name: "no hypervisor",
      args: [reference],
      env: backend.missing.env,
      first: backend.missing.says,
    },
    ...backend.emulates ? [] : [{
      name: "an image for another processor",
      image: arm64,
      args: [arm64.reference, "--platform", arm64.platform],
      first: "Cannot run an aarch64 guest with Virtualization.framework: " +
        "this Mac's processor is x86_64",
    }],
    {
      name: "a folder that is not there",
      args: [reference, "-v", "/nonexistent/a b:/mnt"],
      first: "Cannot share /nonexistent/a b: there is no such folder",
    },
    {
      name: "a disk that is not there",
      args: [reference, "--disk", "/nonexistent/disk:ro"],
      first: "Cannot attach the disk /nonexistent/disk: there is no such file",
    },
    {
      name: "a disk smaller than the image",
      args: [reference, "--disk-size", "1M"],
      first:
        /^Cannot make a disk of 1M: the image's has 524288M, of which only what is used takes room$/,
    },
    {
      name: "a disk to which the image's filesystem cannot grow",
      args: [reference, "--disk-size", "1T"],
      first: /^Cannot make a disk of 1048576M: the image's has 524288M, and Linux does not grow/,
    },
    {
      name: "more processors than the host has",
      args: [reference, "--cpus", "999"],
      first: /^Cannot start a machine with 999 virtual processors: this host has \d+$/,
    },
    {
      name: "more memory than the host has",
      args: [reference, "--itype", "u1.nano", "--memory", "900T"],
      first: /^Cannot start a machine with 943718400M of memory: this host has \d+M left$/,
    },
    {
      name: "a configuration for Ignition that is none",
      args: [reference, "--ignition", fileURLToPath(import.meta.url)],
      first: /^Cannot use the Ignition configuration .*: it is not JSON$/,
    },
    {
      name: "an image without Ignition",
      args: [reference, "--ignition", IGNITION],
      first: "Cannot give the guest an Ignition configuration: the image has no Ignition",
    },
    {
      name: "a console log that cannot be written",
      args: [reference, "--console-log", "/nonexistent/console"],
      first: /^Cannot .*\/nonexistent\/console/,
    },
    {
      name: "a file of timings that cannot be written",
      args: [reference, "--timing-json", "/nonexistent/timing"],
      first: /^Cannot .*\/nonexistent\/timing/,
    },
  ];
  for (const { name, args, image = demo, env, first } of rows) {
    await t.step(name, async () => {
      const result = await runSnapvm(
        ["run", "--backend", backend.name, ...args, "--", "true"],
        { image, env: { ...backend.env, ...env } },
      );
      const [line, ...rest] = result.stderr.trimEnd().split("\n");
      const said = /^error: (.*)$/.exec(`${line}`)?.[1] ?? result.stderr;
      if (typeof first === "string") assert.equal(said, first);
      else assert.match(said, first);
      assert.match(`${rest.at(-1)}`, /^hint: .*\S/);
      assert.deepEqual({ ...result, stderr: "" }, {
        status: 125,
        stdout: "",
        stderr: "",
        leftBehind: [],
      });
    });
  }
});

Deno.test("a wrong command line of snapvm run ends with 2 and says where to read more", async (t) => {
  const rows = [
    { args: [], first: "missing required argument 'IMAGE'" },
    { args: ["--no-such", "demo"], first: "unknown option '--no-such'" },
    {
      args: ["--cpus", "0", "demo"],
      first: "option '--cpus <number>' argument '0' is invalid. It is a whole number, 1 or more.",
    },
    {
      args: ["--memory", "much", "demo"],
      first: "option '--memory <size>' argument 'much' is invalid. " +
        "A size is 512M, 4G, or a bare number of MiB, and not 0.",
    },
    {
      args: ["--platform", "foo", "demo"],
      first: "option '--platform <platform>' argument 'foo' is invalid. " +
        'Cannot read "foo" as a platform: "foo" is not an operating system that images are made for. ' +
        "Write os/architecture or os/architecture/variant: linux/arm64, linux/amd64.",
    },
    {
      args: ["--timeout", "0", "demo"],
      first: "option '--timeout <time>' argument '0' is invalid. " +
        "A duration is 90s, 5m, 1h, or a bare number of seconds.",
    },
    {
      args: ["-v", "/data:data", "demo"],
      first: "option '-v, --volume <dirs>' argument '/data:data' is invalid. It is HOST:GUEST or " +
        'HOST:GUEST:ro, and GUEST starts with a slash. Behind GUEST there is only "ro" or "rw"; ' +
        'podman\'s "z", "Z" and "U" have no meaning here.',
    },
    {
      args: ["--disk", "a:b:c", "demo"],
      first: "option '--disk <file>' argument 'a:b:c' is invalid. " +
        "Behind a file's name with a colon there has to be :ro or :rw.",
    },
    {
      args: ["--itype", "u1.huge", "demo"],
      first:
        "option '--itype <type>' argument 'u1.huge' is invalid. Allowed choices are u1.nano, " +
        "u1.micro, u1.small, u1.medium, u1.2xmedium, u1.large, u1.xlarge, u1.2xlarge, u1.4xlarge, " +
        "u1.8xlarge.",
    },
    {
      args: ["--read-only", "--writable", "demo"],
      first: "option '--read-only' cannot be used with option '--writable'",
    },
  ];
  for (const { args, first } of rows) {
    await t.step(args.join(" ") || "nothing", async () => {
      assert.deepEqual(await runSnapvm(["run", ...args]), {
        status: 2,
        stdout: "",
        stderr: `error: ${first}\n(snapvm run --help tells more)\n`,
        leftBehind: [],
      });
    });
  }
});

test("snapvm run --debug shows what a machine is made of, and what is healed in its clone", async ({ backend }) => {
  const image = await fixtureImage("debian-dracut");
  const snapshot = await snapshotOf(image);
  assert.ok(await hasJournalUuid(snapshot));
  const { status, stderr } = await runImage(backend, image, {
    options: ["--debug", "--timing"],
    command: ["true"],
    env: backend.missing.env,
  });
  assert.equal(status, 125);
  const fault = "its superblock names an external journal, but its journal is inside";
  const lines = stderr.split("\n");
  assert.equal(lines[0], `debug: kernel: ${await kernelVersionIn(snapshot)} (x86 bzImage)`);
  assert.equal(lines[2], `debug: root disk: a clone of ${snapshot}`);
  assert.ok(lines[3]?.startsWith(`debug: healed in the clone: ${fault} (`), lines[3]);
  assert.ok(lines.includes(`healed in the clone: ${fault}`), stderr);
});

test("snapvm run --timeout counts before the guest runs, too", async ({ backend }) => {
  const run = { options: ["--timeout", "1ms"], command: ["true"] };
  assert.deepEqual(await runImage(backend, demo, run), {
    status: 124,
    stdout: "",
    stderr: "error: Cannot finish in 1 ms: the guest was still being prepared\n" +
      "hint: Give it more time with --timeout, or look on with --console-log FILE.\n",
    leftBehind: [],
  });
});
