/** What a `Host` block of `ssh_config(5)` is made of. */
export interface SshConfigOptions {
  /** The machine. */
  readonly machine: string;
  /** The user to log in as. */
  readonly user: string;
  /** The file of the private key. */
  readonly identityFile: string;
  /** The words that run snapvm itself, and the environment that it needs. */
  readonly self: readonly string[];
}

/** The name of a machine for ssh. */
export function sshHost(machine: string): string {
  return `snapvm-${machine}`;
}

/**
 * A `Host` block with which `ssh` reaches a machine through its control socket.
 *
 * The guest is at the other end of a socket that only this user can open, so there is nobody whom its host key would have
 * to be told from, and a machine that is made anew has another one.
 */
export function sshConfigBlock(
  { machine, user, identityFile, self }: SshConfigOptions,
): string {
  const proxy = [...self, "ssh-proxy", "--port", "%p", "--user", "%r", machine];
  const words = proxy.map((word) =>
    /^%[pr]$/.test(word) ? word : quote(word).replaceAll("%", "%%")
  );
  return `Host ${sshHost(machine)}
  HostName ${machine}
  User ${user}
  IdentityFile "${identityFile.replaceAll("%", "%%")}"
  IdentitiesOnly yes
  ProxyCommand ${words.join(" ")}
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  GlobalKnownHostsFile /dev/null
  LogLevel ERROR
`;
}

/** A word as a shell takes it. */
function quote(word: string): string {
  return /^[\w./:@+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
