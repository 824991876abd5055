/**
 * A program that is on a Mac and lacks the entitlement at first: it says what it is once it runs as another program.
 */
import { becomeEntitled } from "../../../lib/entitlement/mod.ts";
import { replaceProcess } from "../../../lib/entitlement/replace_process.ts";

const isCopy = Deno.env.has("SNAPVM_ENTITLED_COPY");
await becomeEntitled("/nowhere", {
  os: "darwin",
  executable: Deno.execPath(),
  standalone: false,
  mainModule: Deno.mainModule,
  args: Deno.args,
  environment: Deno.env,
  isEntitled: () => Promise.resolve(isCopy),
  makeEntitledCopy: (executable) => Promise.resolve(executable),
  replaceProcess,
});

const encode = (text: string) => new TextEncoder().encode(text);
if (Deno.args[0] === "wait") {
  Deno.addSignalListener("SIGTERM", () => Deno.exit(9));
  setInterval(() => {}, 1000);
  await Deno.stdout.write(encode("waiting\n"));
} else {
  const facts = {
    pid: Deno.pid,
    args: Deno.args,
    folder: Deno.cwd(),
    kept: Deno.env.get("KEPT"),
    input: await new Response(Deno.stdin.readable).text(),
  };
  await Deno.stdout.write(encode(JSON.stringify(facts)));
  Deno.exit(7);
}
