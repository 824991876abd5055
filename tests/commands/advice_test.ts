import assert from "node:assert/strict";
import { adviceFor } from "../../lib/commands/advice.ts";
import {
  type ErrorCode,
  type ErrorData,
  type PlatformImage,
  SnapvmError,
} from "../../lib/error/mod.ts";

/** Checks the advice for an error with some data. */
function advises<Code extends ErrorCode>(
  code: Code,
  data: ErrorData[Code],
  advice: string | undefined,
): void {
  const error = new SnapvmError(code, "Cannot do it", { data });
  assert.equal(adviceFor(error), advice, JSON.stringify(data));
}

const IN_APPLES: PlatformImage = {
  reference: "quay.io/x/y:1",
  platform: "linux/amd64",
  store: "apple",
};
const IN_OURS: PlatformImage = { ...IN_APPLES, store: "snapvm" };
const PULL_APPLES = "Run `snapvm pull --platform linux/amd64 quay.io/x/y:1`, or " +
  "`container image pull` with the same words: it brings the image and unpacks it.";
const PULL_OURS =
  "Run `snapvm pull --platform linux/amd64 quay.io/x/y:1`: it brings the image and unpacks it.";
const UNPACK = "Run `snapvm unpack --platform linux/amd64 quay.io/x/y:1`: it makes the snapshot " +
  "in snapvm's own store.";

Deno.test("adviceFor() says what a platform looks like", () => {
  advises(
    "invalid-platform",
    { text: "x" },
    "Write os/architecture or os/architecture/variant: linux/arm64, linux/amd64.",
  );
});

Deno.test("adviceFor() says how an image is chosen, and what reads it", () => {
  advises(
    "unknown-source",
    { path: "x" },
    "An ext4 filesystem needs no import: name it by its path, `./FILE`.",
  );
  advises(
    "image-not-in-source",
    { source: "x", images: ["v1", "v2"] },
    "Name one of them behind the path: `oci:DIR:NAME`, `oci-archive:FILE:NAME` or " +
      "`docker-archive:FILE:NAME`.",
  );
  advises(
    "blob-not-found",
    { digest: "sha256:x" },
    "Bring the image again, or choose a platform that is there whole.",
  );
  advises(
    "program-not-found",
    { program: "podman" },
    "Install podman, or let it save the image where it is, and import the file.",
  );
  advises("program-not-found", { program: "tar" }, "Install GNU tar.");
  advises(
    "program-failed",
    { program: "docker", status: 1 },
    "`docker images` lists the images that it has.",
  );
  advises("program-failed", { program: "tar", status: 2 }, undefined);
});

Deno.test("adviceFor() says what to do about a registry", () => {
  const error = { registry: "r.example:5000", status: 401, codes: [] };
  const login = "If the name is right, log in: `podman login r.example:5000` or " +
    "`docker login r.example:5000`.";
  const limit = "Wait until the registry's limit has passed, or log in to it: who is known may " +
    "pull more.";
  advises("registry-error", error, login);
  advises("registry-error", { ...error, status: 403, codes: ["DENIED"] }, login);
  advises(
    "registry-error",
    { ...error, registry: "registry-1.docker.io" },
    "If the name is right, log in: `podman login docker.io` or `docker login docker.io`.",
  );
  advises("registry-error", { ...error, status: 429 }, limit);
  advises("registry-error", { ...error, status: 403, codes: ["TOOMANYREQUESTS"] }, limit);
  advises(
    "registry-error",
    { ...error, status: 404, codes: ["MANIFEST_UNKNOWN"] },
    "Look up its name and its tag: it may have been moved or removed.",
  );
  advises(
    "registry-error",
    { ...error, status: 502 },
    "Try again later: the fault is the registry's.",
  );
  advises("registry-error", { ...error, status: 400 }, undefined);
  const unreachable = { registry: "r.example" };
  advises(
    "registry-unreachable",
    { ...unreachable, reason: "certificate" },
    "Name its authority's certificate: --ca-file FILE, or put it into /etc/containers/certs.d/r.example/ca.crt.",
  );
  advises(
    "registry-unreachable",
    { ...unreachable, reason: "not-http" },
    "If it speaks plain HTTP and you trust the network, say so: --plain-http, or " +
      "`insecure = true` in registries.conf.",
  );
  for (const reason of ["interrupted", "stalled"] as const) {
    advises(
      "registry-unreachable",
      { ...unreachable, reason },
      "Try again: what has arrived is kept.",
    );
  }
  for (const reason of ["refused", "name", "other"] as const) {
    advises(
      "registry-unreachable",
      { ...unreachable, reason },
      "Look at the name and the network. Proxies are those of HTTPS_PROXY and NO_PROXY.",
    );
  }
  advises("registry-blocked", { path: "/x" }, "Change that in /x, or pull from another registry.");
});

Deno.test("adviceFor() says what is wrong with a layer", () => {
  const layer = { digest: "sha256:0", mediaType: "x" };
  advises("unsupported-layer", { ...layer, encrypted: false }, undefined);
  advises(
    "unsupported-layer",
    { ...layer, encrypted: true },
    "`skopeo copy --decryption-key KEY` makes an image of it that is not.",
  );
  advises(
    "corrupt-layer",
    { digest: "sha256:0", rule: "symlink-loop" },
    "The image itself is at fault: its layer breaks the rule `symlink-loop` of docs/layers.md.",
  );
});

Deno.test("adviceFor() says where room is missing", () => {
  advises(
    "disk-full",
    { path: "/data/image" },
    "Make room where /data/image is, and try again.",
  );
});

Deno.test("adviceFor() says where snapvm looks for its data and its stores", () => {
  advises("home-unknown", {}, "Set SNAPVM_HOME to the folder in which snapvm may keep its data.");
  advises(
    "store-not-found",
    { path: "/x" },
    "A store is a folder with `state.json` and `snapshots` in it, as snapvm and `container` keep it.",
  );
  advises(
    "store-unreadable",
    { path: "/x" },
    "If `container` is at work, try again. `container image list` shows whether it can read it itself.",
  );
});

Deno.test("adviceFor() says what to do if snapvm's own store cannot be changed", () => {
  advises("store-busy", { path: "/x" }, "Try again when that is done.");
  advises("snapshot-in-use", { path: "/x/snapshot" }, "End the machine first.");
  advises(
    "not-an-image",
    { source: "x", mediaType: "application/vnd.cncf.helm.config.v1+json" },
    "It is another kind of artifact: nothing in it can be booted.",
  );
  advises("not-an-image", { source: "x", mediaType: "text/plain" }, undefined);
});

Deno.test("adviceFor() says what an unknown image may be instead", () => {
  const rows: [data: ErrorData["image-not-found"], advice: string][] = [
    [
      { image: "deno.json", reason: "file", similar: [] },
      "There is a file of this name: write `./deno.json`.",
    ],
    [
      { image: "Alpine", reason: "malformed", similar: [] },
      "An image is a reference such as `quay.io/example/os:1`, a digest, or a path: `./file`.",
    ],
    [
      { image: "y", reason: "absent", similar: ["quay.io/x/y:1"] },
      "Did you mean `quay.io/x/y:1`?",
    ],
    [
      { image: "y", reason: "absent", similar: ["quay.io/x/y:1", "quay.io/x/y:2"] },
      "Did you mean `quay.io/x/y:1` or `quay.io/x/y:2`?",
    ],
    [
      { image: "alpine", reason: "absent", similar: [] },
      "`snapvm images` lists what there is; `snapvm pull alpine` brings it if a registry has it.",
    ],
  ];
  for (const [data, advice] of rows) advises("image-not-found", data, advice);
  advises("ambiguous-digest", { candidates: [] }, "Write more of its digits.");
});

Deno.test("adviceFor() names the platforms to choose from", () => {
  const platforms = ["linux/arm64", "linux/s390x"];
  const rows: [data: ErrorData["platform-not-found"], advice: string][] = [
    [
      { named: "image", platforms, unpacked: platforms, first: IN_APPLES },
      "Add `--platform linux/arm64` or `--platform linux/s390x`, for which there is a snapshot.",
    ],
    [
      { named: "image", platforms, unpacked: ["linux/x y"], first: IN_APPLES },
      "Add `--platform 'linux/x y'`, for which there is a snapshot.",
    ],
    [
      { named: "image", platforms, unpacked: [], first: IN_APPLES },
      PULL_APPLES,
    ],
    [{ named: "image", platforms, unpacked: [], first: IN_OURS }, PULL_OURS],
    [
      { named: "image", platforms: [], unpacked: [] },
      "It is not an image of an operating system. `snapvm images` lists what there is.",
    ],
    [{ named: "digest", platforms, unpacked: [] }, "Leave `--platform` out."],
  ];
  for (const [data, advice] of rows) advises("platform-not-found", data, advice);
});

Deno.test("adviceFor() names the command that makes a snapshot", () => {
  const rows: [data: ErrorData["snapshot-not-found"], advice: string][] = [
    [{ image: IN_APPLES, pulled: true, unpacked: [] }, UNPACK],
    [{ image: IN_APPLES, pulled: false, unpacked: [] }, PULL_APPLES],
    [
      { image: IN_APPLES, pulled: false, unpacked: ["linux/arm64"] },
      `Add \`--platform linux/arm64\`, for which there is a snapshot. ${PULL_APPLES}`,
    ],
    [{ image: IN_OURS, pulled: true, unpacked: [] }, UNPACK],
    [{ image: IN_OURS, pulled: false, unpacked: [] }, PULL_OURS],
    [{ pulled: true, unpacked: [] }, "`snapvm images` lists what there is."],
  ];
  for (const [data, advice] of rows) advises("snapshot-not-found", data, advice);
  advises("image-unreadable", { image: IN_APPLES }, PULL_APPLES);
  advises("image-unreadable", { image: IN_OURS }, PULL_OURS);
});

Deno.test("adviceFor() quotes a name from a store for the shell", () => {
  advises(
    "snapshot-not-found",
    { image: { ...IN_APPLES, reference: "x'; rm -rf ~" }, pulled: true, unpacked: [] },
    "Run `snapvm unpack --platform linux/amd64 'x'\\''; rm -rf ~'`: it makes the snapshot in " +
      "snapvm's own store.",
  );
});

Deno.test("adviceFor() says how a broken snapshot is replaced or removed", () => {
  const rows: [data: ErrorData["snapshot-broken"], advice: string][] = [
    [
      { path: "/x", store: "apple", image: IN_APPLES },
      `${UNPACK} Or delete the image and pull it again: ` +
      "`container image delete quay.io/x/y:1 && " +
      "container image pull --platform linux/amd64 quay.io/x/y:1`.",
    ],
    [
      { path: "/x", store: "snapvm", image: IN_OURS },
      "Run `snapvm unpack --force --platform linux/amd64 quay.io/x/y:1`: it makes the snapshot again.",
    ],
    [
      { path: "/x", store: "apple" },
      "No reference leads to it: `container image prune` deletes it.",
    ],
    [{ path: "/x", store: "snapvm" }, "No reference leads to it: `snapvm prune` deletes it."],
  ];
  for (const [data, advice] of rows) advises("snapshot-broken", data, advice);
});

Deno.test("adviceFor() says nothing if the message says it all", () => {
  advises("invalid-reference", { text: "x" }, undefined);
  assert.equal(adviceFor(new Error("x")), undefined);
});

Deno.test("adviceFor() says what to do about disks, folders and sizes", () => {
  advises(
    "host-too-small",
    { resource: "cpus", requested: 8, available: 2 },
    "Give it less: --cpus 2 is the most.",
  );
  advises(
    "host-too-small",
    { resource: "memory", requested: 2 ** 34, available: 2 ** 30 },
    "Give it less: --memory 1024M is the most.",
  );
  advises(
    "disk-unusable",
    { path: "/my disk", reason: "missing" },
    'Make it first: truncate -s 10G "/my disk". Behind a file\'s name with a colon write :rw.',
  );
  advises(
    "disk-unusable",
    { path: "/d", reason: "disguised" },
    "If you made it, give it a name that ends in .qcow2.",
  );
  advises(
    "disk-unusable",
    { path: "/d", reason: "format" },
    "`qemu-img convert` makes a raw or a qcow2 image of other formats.",
  );
  advises(
    "disk-unusable",
    { path: "/d", reason: "no-permission" },
    "If the guest need not write to it, put :ro behind its name.",
  );
  advises("disk-unusable", { path: "/d", reason: "not-a-file" }, undefined);
  advises(
    "share-not-mounted",
    { path: "/d", type: "9p" },
    "The guest's kernel needs the module 9pnet_virtio. Install virtiofsd on this host: more " +
      "kernels know virtiofs.",
  );
  advises(
    "share-not-mounted",
    { path: "/d", type: "virtiofs" },
    "The guest's kernel needs the module virtiofs (Linux 5.4 or newer).",
  );
  advises(
    "share-unusable",
    { path: "/d", reason: "missing" },
    "Make the folder first: --volume shares what is there, and makes nothing on the host.",
  );
  advises("share-unusable", { path: "/d", reason: "not-a-folder" }, undefined);
  advises(
    "disk-too-small",
    { requested: 1, minimum: 2 ** 30 },
    "Leave --disk-size out, or give more than 1024M.",
  );
  advises(
    "disk-not-growable",
    { requested: 2, size: 1, feature: "x" },
    "Attach another disk: --disk FILE.",
  );
  advises(
    "ignition-unusable",
    { path: "/i", reason: "not-json" },
    "`butane FILE` makes one of a Butane configuration.",
  );
  advises("ignition-unusable", { path: "/i", reason: "unreadable" }, undefined);
  advises(
    "ignition-not-supported",
    {},
    "Ignition is in images such as quay.io/fedora/fedora-coreos. Others can be set up with " +
      "--volume and a command.",
  );
  advises("place-taken", { place: "/data" }, "Give one of them another one.");
  advises("no-selinux-policy", {}, "Leave --selinux out, or install a policy in the image.");
  advises(
    "invalid-selinux-policy",
    { path: "/etc/selinux/targeted/contexts/files/file_contexts" },
    "Leave --selinux out, or mend the policy when the image is built.",
  );
});

Deno.test("adviceFor() says what to do about a machine that is there, or is not", () => {
  advises(
    "machine-not-found",
    { name: "dev", machines: [] },
    "`snapvm ps` lists the machines that there are.",
  );
  advises("machine-not-found", { name: "dev", machines: ["one"] }, "There is: one.");
  advises("machine-not-found", { name: "dev", machines: ["one", "two"] }, "There are: one, two.");
  const rows = [
    ["machine-exists", "Choose another name, or remove that one: snapvm rm dev."],
    ["machine-running", "Stop it first: snapvm stop dev."],
    ["machine-not-running", "If it is kept, start it: snapvm start dev."],
    ["supervisor-lost", "`snapvm ps` says what has become of the machine."],
  ] as const;
  for (const [code, advice] of rows) advises(code, { name: "dev" }, advice);
  advises(
    "machine-damaged",
    { name: "dev", path: "/home/machines/dev" },
    "If nothing of it is needed any more: snapvm rm dev.",
  );
});

Deno.test("adviceFor() says which port can be had", () => {
  const port = { protocol: "tcp", address: "127.0.0.1", port: 80, inUse: false };
  advises(
    "port-taken",
    { ...port, inUse: true },
    "Choose another port of the host, or 0 for any that is free.",
  );
  advises("port-taken", port, "Choose a port of the host above 1023.");
  advises("port-taken", { ...port, port: 8080 }, undefined);
});
