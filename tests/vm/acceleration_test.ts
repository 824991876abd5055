import assert from "node:assert/strict";
import {
  chooseAcceleration,
  type HostFacts,
  probeAcceleration,
} from "../../lib/vm/acceleration.ts";
import type { AccelerationName, Architecture } from "../../lib/vm/mod.ts";

const VMX = "processor\t: 0\nflags\t\t: fpu vme vmx sse4_2\n";
const SVM = "flags\t\t: fpu svm\n";
const NEITHER = "processor\t: 0\nmodel name\t: vmx svm\nflags\t\t: fpu svme avmx hypervisor\n";

function host(facts: Partial<HostFacts>): HostFacts {
  return {
    os: "linux",
    architecture: "x86_64",
    openKvm: () => Promise.resolve(),
    cpuinfo: () => Promise.resolve(VMX),
    hvSupport: () => Promise.reject(new Error("there is no sysctl")),
    ...facts,
  };
}

interface Row {
  readonly name: string;
  readonly guest: Architecture;
  readonly host: HostFacts;
  readonly expected: { readonly name: AccelerationName; readonly reason: string };
}

const ROWS: readonly Row[] = [
  {
    name: "an Intel host with KVM",
    guest: "x86_64",
    host: host({}),
    expected: { name: "kvm", reason: "/dev/kvm opens for reading and writing" },
  },
  {
    name: "an AMD host with KVM",
    guest: "x86_64",
    host: host({ cpuinfo: () => Promise.resolve(SVM) }),
    expected: { name: "kvm", reason: "/dev/kvm opens for reading and writing" },
  },
  {
    name: "a virtual host whose KVM only pretends",
    guest: "x86_64",
    host: host({ cpuinfo: () => Promise.resolve(NEITHER) }),
    expected: {
      name: "tcg",
      reason: "/dev/kvm opens, but the processor has neither vmx nor svm",
    },
  },
  {
    name: "an arm64 host, whose processor has no such flags",
    guest: "aarch64",
    host: host({ architecture: "aarch64", cpuinfo: () => Promise.reject(new Error("unread")) }),
    expected: { name: "kvm", reason: "/dev/kvm opens for reading and writing" },
  },
  {
    name: "a host without KVM",
    guest: "x86_64",
    host: host({ openKvm: () => Promise.reject(new Deno.errors.NotFound()) }),
    expected: { name: "tcg", reason: "/dev/kvm cannot be opened: it does not exist" },
  },
  {
    name: "a user who may not use KVM",
    guest: "x86_64",
    host: host({ openKvm: () => Promise.reject(new Deno.errors.PermissionDenied()) }),
    expected: {
      name: "tcg",
      reason: "/dev/kvm cannot be opened: permission denied (is your user in the group kvm?)",
    },
  },
  {
    name: "a guest of another architecture",
    guest: "aarch64",
    host: host({}),
    expected: { name: "tcg", reason: "an aarch64 guest on an x86_64 host has to be emulated" },
  },
  {
    name: "a Mac",
    guest: "aarch64",
    host: host({
      os: "darwin",
      architecture: "aarch64",
      hvSupport: () => Promise.resolve("1"),
    }),
    expected: { name: "hvf", reason: "kern.hv_support is 1" },
  },
  {
    name: "a Mac in a virtual machine",
    guest: "aarch64",
    host: host({
      os: "darwin",
      architecture: "aarch64",
      hvSupport: () => Promise.resolve("0"),
    }),
    expected: {
      name: "tcg",
      reason: "this Mac has no hypervisor support (kern.hv_support is not 1)",
    },
  },
  {
    name: "a Mac whose sysctl does not answer",
    guest: "aarch64",
    host: host({
      os: "darwin",
      architecture: "aarch64",
      hvSupport: () => Promise.reject(new DOMException("timed out", "TimeoutError")),
    }),
    expected: {
      name: "tcg",
      reason: "this Mac has no hypervisor support (kern.hv_support is not 1)",
    },
  },
];

Deno.test("probeAcceleration() knows what each kind of host can do, and why", async (t) => {
  for (const row of ROWS) {
    await t.step(row.name, async () => {
      assert.deepEqual(await probeAcceleration(row.guest, row.host), row.expected);
    });
  }
});

Deno.test("chooseAcceleration() takes what was asked for if it can be had", async () => {
  assert.equal((await chooseAcceleration("x86_64", undefined, host({}))).name, "kvm");
  assert.equal((await chooseAcceleration("x86_64", "kvm", host({}))).name, "kvm");
  assert.deepEqual(await chooseAcceleration("x86_64", "tcg", host({})), {
    name: "tcg",
    reason: "it was asked for",
  });
});

Deno.test("chooseAcceleration() refuses what cannot be had, and says why", async (t) => {
  const rows = [
    {
      requested: "kvm",
      facts: host({ cpuinfo: () => Promise.resolve(NEITHER) }),
      message: "Cannot accelerate an x86_64 guest with kvm: " +
        "/dev/kvm opens, but the processor has neither vmx nor svm",
      data: { requested: "kvm", available: "tcg" },
    },
    {
      requested: "hvf",
      facts: host({}),
      message: "Cannot accelerate an x86_64 guest with hvf: this host has kvm",
      data: { requested: "hvf", available: "kvm" },
    },
  ] as const;
  for (const { requested, facts, message, data } of rows) {
    await t.step(requested, async () => {
      await assert.rejects(chooseAcceleration("x86_64", requested, facts), {
        code: "acceleration-unavailable",
        message,
        data,
      });
    });
  }
});

Deno.test("probeAcceleration() answers on this host", async () => {
  const { name, reason } = await probeAcceleration(Deno.build.arch);
  assert.ok(["kvm", "hvf", "tcg"].includes(name));
  assert.notEqual(reason, "");
});
