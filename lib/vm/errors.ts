/**
 * The failures of this room.
 *
 * @module
 */

/** No program on this host can run the machine. */
export class HypervisorNotFound extends Error {
  /** Its name, for messages and `switch`. */
  override name = "HypervisorNotFound";
  /** What to install, with the commands. */
  readonly advice: string;

  /**
   * Makes the error.
   *
   * @param message What was looked for, and where.
   * @param advice What to do about it.
   * @param options The cause.
   */
  constructor(message: string, advice: string, options?: ErrorOptions) {
    super(message, options);
    this.advice = advice;
  }
}

/** The acceleration that was asked for cannot be had for this guest on this host. */
export class AccelerationUnavailable extends Error {
  /** Its name, for messages and `switch`. */
  override name = "AccelerationUnavailable";
  /** What to ask for instead. */
  readonly advice: string;

  /**
   * Makes the error.
   *
   * @param message Which acceleration, and why not.
   * @param advice What to do about it.
   */
  constructor(message: string, advice: string) {
    super(message);
    this.advice = advice;
  }
}

/** A machine that did not start: the hypervisor refused it, or ended before the guest could run. */
export class MachineStartFailed extends Error {
  /** Its name, for messages and `switch`. */
  override name = "MachineStartFailed";
  /** What to do about it; empty where nothing better is known than the message. */
  readonly advice: string;

  /**
   * Makes the error.
   *
   * @param message What the hypervisor said.
   * @param advice What to do about it.
   * @param options The cause.
   */
  constructor(message: string, advice = "", options?: ErrorOptions) {
    super(message, options);
    this.advice = advice;
  }
}

/** A disk's clone could not be made. */
export class CloneFailed extends Error {
  /** Its name, for messages and `switch`. */
  override name = "CloneFailed";
  /** What to do about it; empty where nothing better is known than the message. */
  readonly advice: string;

  /**
   * Makes the error.
   *
   * @param message Which disk, and why not.
   * @param advice What to do about it.
   * @param options The cause.
   */
  constructor(message: string, advice = "", options?: ErrorOptions) {
    super(message, options);
    this.advice = advice;
  }
}

/** macOS does not let this program use Virtualization.framework, and nothing that snapvm can do changes that. */
export class EntitlementMissing extends Error {
  /** Its name, for messages and `switch`. */
  override name = "EntitlementMissing";
  /** What to do about it; empty where nothing better is known than the message. */
  readonly advice: string;

  /**
   * Makes the error.
   *
   * @param message What was tried, and why it failed.
   * @param advice What to do about it.
   * @param options The cause.
   */
  constructor(message: string, advice = "", options?: ErrorOptions) {
    super(message, options);
    this.advice = advice;
  }
}
