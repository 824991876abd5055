import { join } from "node:path";
import { runProgram } from "./run_program.ts";

/** The processor of a package, in Debian's words. */
export type PackageArchitecture = "amd64" | "arm64";

/**
 * Packages of this machine's distribution, for any processor, fetched and unpacked without being installed and
 * without root. The package lists are private: the machine's own are neither needed nor touched.
 */
export class DistributionPackages {
  readonly #folder: string;
  readonly #env: Record<string, string>;

  private constructor(folder: string, configuration: string) {
    this.#folder = folder;
    this.#env = { APT_CONFIG: configuration };
  }

  /** Fetches the package lists for `architecture`. Everything is kept in `folder`, which must exist. */
  static async open(
    folder: string,
    architecture: PackageArchitecture,
  ): Promise<DistributionPackages> {
    await Deno.mkdir(join(folder, "lists", "partial"), { recursive: true });
    await Deno.mkdir(join(folder, "archives", "partial"), { recursive: true });
    const configuration = join(folder, "apt.conf");
    const lines = [
      `Dir::State "${folder}";`,
      `Dir::State::status "/dev/null";`,
      `Dir::Cache "${folder}";`,
      `APT::Architecture "${architecture}";`,
      `#clear APT::Architectures;`,
      `APT::Architectures { "${architecture}"; };`,
      `APT::Sandbox::User "";`,
      `Acquire::Languages "none";`,
    ];
    await Deno.writeTextFile(configuration, lines.join("\n") + "\n");
    const packages = new DistributionPackages(folder, configuration);
    await runProgram("apt-get", ["-q", "update"], { env: packages.#env });
    return packages;
  }

  /** Whether the distribution has a package of this name. */
  async has(name: string): Promise<boolean> {
    return await this.#show(name) !== undefined;
  }

  /** The names of the packages that `name` needs, first alternatives only. */
  async dependencies(name: string): Promise<string[]> {
    const record = await this.#show(name);
    if (record === undefined) {
      throw new Deno.errors.NotFound(
        `Cannot find the package ${name}: the distribution has none of this name`,
      );
    }
    const line = record.split("\n").find((field) => field.startsWith("Depends: "));
    const alternatives = line?.slice("Depends: ".length).split(",") ?? [];
    return alternatives.map((choice) => choice.trim().split(/[ :|]/, 1)[0] ?? "");
  }

  /** Fetches packages and unpacks them over each other into `target`. */
  async unpack(names: readonly string[], target: string): Promise<void> {
    const download = await Deno.makeTempDir({ dir: this.#folder, prefix: "download-" });
    // apt-get downloads into the folder it is started in.
    await runProgram(
      "sh",
      ["-c", 'cd "$1" && shift && exec apt-get -q download "$@"', "sh", download, ...names],
      { env: this.#env },
    );
    await Deno.mkdir(target, { recursive: true });
    for await (const file of Deno.readDir(download)) {
      await runProgram("dpkg-deb", ["--extract", join(download, file.name), target]);
    }
    await Deno.remove(download, { recursive: true });
  }

  async #show(name: string): Promise<string | undefined> {
    const arguments_ = ["--no-all-versions", "show", name];
    const record = await runProgram("apt-cache", arguments_, { env: this.#env }).catch(() => "");
    // A virtual package has no record of its own.
    return record.includes(`Package: ${name}\n`) ? record : undefined;
  }
}
