import { defineCommand } from "../command_line/command.ts";
import { flag } from "../command_line/option.ts";
import { paragraphs } from "../paragraphs.ts";
import { debugOption, jsonOption, storeOption } from "./shared_options.ts";

/** `snapvm doctor`. */
export const doctorCommand = defineCommand({
  name: "doctor",
  summary: "say what works here, and what to do about the rest",
  description: paragraphs(`
Checks what snapvm needs on this machine, and says what to do about what is missing. The exit status is 1 if images of
this machine's own platform cannot be booted.

--fix makes the signed copy of this program that macOS wants for virtual machines, if it is missing. snapvm run does
the same by itself, so you never have to.

--json prints an array of objects: check, state (ok, note or missing), finding, advice.
`),
  operands: [],
  options: {
    fix: flag({ brief: "mend what snapvm can mend itself" }),
    json: jsonOption,
    store: storeOption,
    debug: debugOption,
  },
  load: async () =>
    (await import(import.meta.resolve("../doctor.ts")) as typeof import("../doctor.ts")).doctor,
});
