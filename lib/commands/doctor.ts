import { snapvmHome } from "../host/mod.ts";
import { reasonOf } from "../error/mod.ts";
import { listImages, openStores, type Store } from "../store/mod.ts";
import { ExitStatus, paint, print, printJson } from "../ui/mod.ts";
import { type Architecture, findQemu, probeAcceleration } from "../vm/mod.ts";
import { checkEntitlement, thisProgram } from "./doctor/check_entitlement.ts";
import { checkVirtualization } from "./doctor/check_virtualization.ts";
import { type Finding, findingOf } from "./doctor/finding.ts";
import { vzFolders } from "../launch/mod.ts";
import { version } from "./version.ts";

interface DoctorOptions {
  readonly fix?: boolean | undefined;
  readonly json?: boolean | undefined;
  readonly store?: string | undefined;
}

/** `snapvm doctor`. */
export async function doctor(options: DoctorOptions): Promise<void> {
  const stores = await openStores({ store: options.store });
  const findings = [
    checkProgram(),
    ...await Promise.all([
      ...Deno.build.os === "darwin" ? checkFramework(options.fix ?? false) : [],
      checkQemu("x86_64"),
      checkQemu("aarch64"),
      checkAcceleration(),
      checkHome(),
      checkStores(stores),
    ]),
  ];
  if (options.json) printJson(findings);
  else print(findings.map(describe).join(""));
  if (findings.some(({ state }) => state === "missing")) Deno.exitCode = ExitStatus.failure;
}

function describe({ check, state, finding, advice }: Finding): string {
  const style = { ok: "green", note: "yellow", missing: "red" } as const;
  const mark = paint(state.padEnd(7), style[state], Deno.stdout);
  return `${mark}  ${check.padEnd(12)}  ${finding}\n${
    advice ? `${" ".repeat(23)}${advice}\n` : ""
  }`;
}

function checkProgram(): Finding {
  const { deno, typescript: _, v8: __ } = Deno.version;
  const finding = `snapvm ${version}, Deno ${deno}, ${Deno.build.target}`;
  return { check: "snapvm", state: "ok", finding };
}

/** What machines on a Mac need. */
function checkFramework(fix: boolean): Promise<Finding>[] {
  const { library, entitled } = vzFolders();
  return [
    checkVirtualization({ folder: library }),
    checkEntitlement(thisProgram(entitled), fix),
  ];
}

/** This machine's own architecture needs a QEMU, except on a Mac; for the other one it is optional. */
async function checkQemu(architecture: Architecture): Promise<Finding> {
  const check = `qemu ${architecture}`;
  try {
    const program = await findQemu(architecture);
    const { stdout } = await new Deno.Command(program, { args: ["--version"] }).output();
    const [line = ""] = new TextDecoder().decode(stdout).split("\n");
    return { check, state: "ok", finding: `${program}, ${line.replace(/^QEMU emulator /, "")}` };
  } catch (error) {
    const isNeeded = architecture === Deno.build.arch && Deno.build.os !== "darwin";
    return findingOf(error, check, isNeeded ? "missing" : "note");
  }
}

async function checkAcceleration(): Promise<Finding> {
  const { name, reason } = await probeAcceleration(Deno.build.arch);
  const finding = `${name}: ${reason}`;
  if (name !== "tcg") return { check: "acceleration", state: "ok", finding };
  const advice = "QEMU emulates guests, which is about ten times slower.";
  return { check: "acceleration", state: "note", finding, advice };
}

async function checkHome(): Promise<Finding> {
  const home = snapvmHome(Deno.env.toObject(), Deno.build.os);
  try {
    await Deno.mkdir(home, { recursive: true, mode: 0o700 });
    await Deno.remove(await Deno.makeTempDir({ dir: home }));
    return { check: "home", state: "ok", finding: home };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return {
      check: "home",
      state: "missing",
      finding: `${home}: ${reasonOf(error)}`,
      advice: "Set SNAPVM_HOME to a folder that you can write to.",
    };
  }
}

async function checkStores(stores: readonly Store[]): Promise<Finding> {
  const images = await Array.fromAsync(listImages(stores));
  const ready = images.filter(({ status }) => status === "ready").length;
  const roots = stores.map(({ root }) => root).join(", ") || "none";
  const finding = `${roots}: ${ready} unpacked of ${images.length}`;
  if (ready > 0) return { check: "stores", state: "ok", finding };
  const advice = "Bring an image: snapvm pull quay.io/fedora/fedora-bootc:42";
  return { check: "stores", state: "note", finding, advice };
}
