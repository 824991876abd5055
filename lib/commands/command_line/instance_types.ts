/** How large a machine of a type is. */
export interface InstanceType {
  /** Virtual processors. */
  readonly cpus: number;
  /** Memory in bytes. */
  readonly memory: number;
}

const GIB = 2 ** 30;

/** The types of KubeVirt's series U, by the names that `bcvk` and others use, too. */
export const INSTANCE_TYPES = {
  "u1.nano": { cpus: 1, memory: GIB / 2 },
  "u1.micro": { cpus: 1, memory: GIB },
  "u1.small": { cpus: 1, memory: 2 * GIB },
  "u1.medium": { cpus: 1, memory: 4 * GIB },
  "u1.2xmedium": { cpus: 2, memory: 4 * GIB },
  "u1.large": { cpus: 2, memory: 8 * GIB },
  "u1.xlarge": { cpus: 4, memory: 16 * GIB },
  "u1.2xlarge": { cpus: 8, memory: 32 * GIB },
  "u1.4xlarge": { cpus: 16, memory: 64 * GIB },
  "u1.8xlarge": { cpus: 32, memory: 128 * GIB },
} as const satisfies Readonly<Record<string, InstanceType>>;

/** The name of a type. */
export type InstanceTypeName = keyof typeof INSTANCE_TYPES;

/** The names, for an option's choices. */
export const INSTANCE_TYPE_NAMES = Object.keys(INSTANCE_TYPES) as InstanceTypeName[];
