import { type ErrorData, SnapvmError } from "../../error/mod.ts";
import { formatPlatform, type Platform } from "../../oci/mod.ts";
import { shortenList } from "./shorten_list.ts";

/** The error for an image that is made for `platforms`, but not for the wanted one. */
export function platformNotFound(
  name: string,
  wanted: Platform,
  platforms: readonly Platform[],
  data: Omit<ErrorData["platform-not-found"], "platforms">,
): SnapvmError<"platform-not-found"> {
  const names = platforms.map(formatPlatform);
  const list = shortenList(names, ", ") || "no platform at all";
  return new SnapvmError(
    "platform-not-found",
    `Cannot use ${name} for ${formatPlatform(wanted)}: it is made for ${list}`,
    { data: { ...data, platforms: names } },
  );
}
