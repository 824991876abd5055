import assert from "node:assert/strict";
import { join } from "node:path";
import { guestImage } from "../fixtures/guest_image.ts";
import { endProcesses } from "./support/end_processes.ts";
import { checkExactCommand } from "./support/exact_command.ts";
import {
  checkCycle,
  checkEnd,
  checkFacts,
  checkReady,
  checkSystemd,
  PATIENT,
} from "./support/guest_checks.ts";
import { TestMachine } from "./support/machine.ts";
import { MODES_RESTORED, runSnapvm, Snapvm, type SnapvmOptions } from "./support/snapvm.ts";
import { test } from "./support/test.ts";

const image = await guestImage("debian-12");

/** What SELinux makes of processes and files. */
const SELINUX = `
getenforce
id -Z
tr -d '\\000' </proc/1/attr/current && echo
tr -d '\\000' </proc/$(systemctl show --property=MainPID --value ssh)/attr/current && echo
ls -dZ /etc/shadow /root /root/.ssh/authorized_keys /usr/bin/dbus-daemon /usr/sbin/sshd | sed 's/^ *//'
`;

/** Has the ssh server need a while to start the next time, and begins to start it. */
const RESTART_SLOWLY = `
mkdir -p /run/systemd/system/ssh.service.d
printf '[Service]\\nExecStartPre=/bin/sleep 5\\n' >/run/systemd/system/ssh.service.d/slow.conf
systemctl daemon-reload
systemctl stop ssh.service
systemctl --no-block start ssh.service
`;

/** Runs another program, and returns what it prints. */
async function run(program: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

test("people work in a machine as they do with podman and ssh", async ({ backend, t }) => {
  const home = await Deno.makeTempDir({ prefix: "e2e-" });
  const options: SnapvmOptions = { image, home, env: backend.env };
  const files = join(home, "files");
  await Deno.mkdir(files);
  const snapvm = async (args: readonly string[], more: SnapvmOptions = {}) => {
    const { status, stdout, stderr } = await runSnapvm(args, { ...options, ...more });
    return { status, stdout, stderr };
  };
  const good = (stdout: string) => ({ status: 0, stdout, stderr: "" });
  try {
    await using machine = await TestMachine.start(backend, image, {
      name: "dev",
      home,
      options: ["--keep", "--selinux", ...PATIENT],
    });
    await machine.untilStage("userspace", "ready");
    await t.step(
      "exec waits until the guest is ready, and has its streams and status",
      async () => {
        const stdin = new TextEncoder().encode("typed");
        const script = "cat; echo error >&2; pwd; echo $NAME; id -un; exit 7";
        const command = ["-e", "NAME=value", "-w", "/srv", "-u", "games", "dev", "--"];
        assert.deepEqual(await snapvm(["exec", ...command, "sh", "-c", script], { stdin }), {
          status: 7,
          stdout: "typed/srv\nvalue\ngames\n",
          stderr: "error\n",
        });
      },
    );
    await t.step(
      "Debian with systemd and initramfs-tools boots with its own kernel and runs a command exactly",
      async () => {
        await checkExactCommand({
          image,
          osRelease: "/usr/lib/os-release",
          systemd: true,
          selinux: true,
          end: "kill -TERM $$",
          status: 143,
          start: (command, more) =>
            Snapvm.start(["exec", "dev", "--", ...command], { ...options, ...more }),
        });
      },
    );
    await t.step("exec ends as the command does, and as a shell says what cannot run", async () => {
      const rows = [
        [["sh", "-c", "kill -SEGV $$"], 139],
        [["no-such-program"], 127],
        [["/etc"], 126],
      ] as const;
      for (const [command, status] of rows) {
        assert.equal((await snapvm(["exec", "dev", "--", ...command])).status, status);
      }
    });
    await t.step("many run at once", async () => {
      const all = await Promise.all(
        Array.from({ length: 4 }, (_, n) => snapvm(["exec", "dev", "--", "echo", `${n}`])),
      );
      assert.deepEqual(all, Array.from({ length: 4 }, (_, n) => good(`${n}\n`)));
    });
    await t.step("Ctrl-C reaches a command without a terminal", async () => {
      const script = "trap 'echo caught; exit 3' INT; echo waiting; while :; do sleep 0.1; done";
      await using running = await Snapvm.start(["exec", "dev", "--", "sh", "-c", script], options);
      await running.stdout.until("waiting\n");
      running.kill("SIGINT");
      const { status, stdout } = await running.result();
      assert.deepEqual({ status, stdout }, { status: 3, stdout: "waiting\ncaught\n" });
    });
    await t.step("shell is a login in this terminal, which is as it was afterwards", async () => {
      await using shell = await Snapvm.start(["shell", "dev"], { ...options, terminal: true });
      await shell.stdout.until("# ");
      // The trap is there before the Ctrl-C can be.
      await shell.write("sh -c 'trap exit INT; tty; while :; do sleep 0.1; done'\n");
      await shell.stdout.until("/dev/pts/");
      await shell.write("\x03");
      await shell.write("exit $((40 + 2))\n");
      const { status, stdout } = await shell.result();
      assert.equal(status, 42);
      assert.ok(stdout.endsWith(MODES_RESTORED), stdout);
    });
    await t.step("cp brings files, modes, links and holes there and back", async () => {
      const script = `
        mkdir -p $0/tree/sub && cd $0/tree
        echo content >file && chmod 751 file && ln file hard && ln -s file link
        truncate -s 20M holes && echo end >>holes`;
      await run("sh", ["-c", script, files]);
      assert.deepEqual(await snapvm(["cp", `${files}/tree`, "dev:/srv"]), good(""));
      const look = "cd /srv/tree && stat -c '%n %a %U' file && readlink link && " +
        "[ file -ef hard ] && [ $(stat -c %b holes) -lt 100 ] && echo alike";
      assert.deepEqual(
        await snapvm(["exec", "dev", "--", "sh", "-c", look]),
        good("file 751 root\nfile\nalike\n"),
      );
      assert.deepEqual(await snapvm(["cp", "dev:/srv/tree", `${files}/back`]), good(""));
      await run("diff", ["-r", `${files}/tree`, `${files}/back`]);
      assert.ok((await Deno.stat(`${files}/back/holes`)).blocks! < 100);
      assert.equal((await Deno.stat(`${files}/back/file`)).mode! & 0o7777, 0o751);
    });
    await t.step("ssh runs commands with a key of the machine's own", async () => {
      const script = "echo by ssh; id -un; exit 5";
      const { status, stdout } = await snapvm(["ssh", "dev", script]);
      assert.deepEqual({ status, stdout }, { status: 5, stdout: "by ssh\nroot\n" });
      const bounded = await snapvm(["ssh", "dev", "-o", "SendEnv=NONE", "-T", "echo", "$USER"]);
      assert.equal(bounded.stdout, "root\n");
    });
    await t.step("scp and rsync reach it with what ssh-config prints", async () => {
      const config = join(home, "ssh_config");
      const { stdout } = await snapvm(["ssh-config", "dev"]);
      await Deno.writeTextFile(config, stdout);
      // ssh encrypts zeros, too, which takes long without hardware virtualization.
      const small = ["-a", "--exclude", "holes", "-e", `ssh -F ${config}`];
      await run("rsync", [...small, `${files}/tree/`, "snapvm-dev:/srv/r/"]);
      await run("scp", ["-F", config, "-r", "snapvm-dev:/srv/r", `${files}/scp`]);
      await run("diff", ["-r", "--exclude", "holes", `${files}/tree`, `${files}/scp`]);
    });
    await t.step("it is Debian 12, and its SELinux policy is enforced", async () => {
      await checkFacts(machine, await checkReady(machine, image));
      await checkSelinux(machine);
    });
    await t.step("an ssh server that is about to start is waited for", async () => {
      await checkSlowSsh(machine);
    });
    await t.step("systemd has started everything, and its journal has no trouble", async () => {
      await checkSystemd(machine, 252);
      await checkCycle(machine);
    });
    await t.step("a guest without an ssh server is told, and so is the way without", async () => {
      const remove = "systemctl stop ssh.service ssh.socket; rm /usr/sbin/sshd";
      await snapvm(["exec", "dev", "--", "sh", "-c", remove]);
      const { status, stderr } = await snapvm(["ssh", "dev", "true"]);
      assert.equal(status, 125);
      assert.match(stderr, /^error: Cannot reach dev by ssh: its image has no ssh server\n/);
      assert.match(stderr, /snapvm shell dev/);
    });
    await checkEnd(machine);
  } finally {
    await endProcesses(home);
    await Deno.remove(home, { recursive: true });
  }
});

/** A server that is about to start is waited for; one that is not, is not. */
async function checkSlowSsh(machine: TestMachine): Promise<void> {
  await machine.succeed(["exec", machine.name, "--", "sh", "-c", RESTART_SLOWLY]);
  assert.equal(await machine.succeed(["ssh", machine.name, "echo started"]), "started\n");
  await machine.succeed(["exec", machine.name, "--", "systemctl", "stop", "ssh.service"]);
  const { status, stderr } = await machine.run(["ssh", machine.name, "true"]);
  assert.equal(status, 125);
  assert.match(
    stderr,
    /: \/usr\/sbin\/sshd is there, but nothing listens on port 22\n.*snapvm shell/,
  );
}

async function checkSelinux(machine: TestMachine): Promise<void> {
  const { stdout, stderr } = await machine.exec(["sh", "-c", SELINUX]);
  assert.deepEqual([stdout.split("\n"), stderr], [
    [
      "Enforcing",
      "system_u:system_r:unconfined_t:s0",
      "system_u:system_r:init_t:s0",
      "system_u:system_r:sshd_t:s0",
      "system_u:object_r:shadow_t:s0 /etc/shadow",
      "unconfined_u:object_r:user_home_dir_t:s0 /root",
      "unconfined_u:object_r:ssh_home_t:s0 /root/.ssh/authorized_keys",
      "system_u:object_r:dbusd_exec_t:s0 /usr/bin/dbus-daemon",
      "system_u:object_r:sshd_exec_t:s0 /usr/sbin/sshd",
      "",
    ],
    "",
  ]);
  const own = await machine.succeed(["ssh", machine.name, "id -Z"]);
  assert.equal(own, "unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023\n");
}
