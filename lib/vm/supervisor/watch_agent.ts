import { HOST_CLOCK, type HostClock } from "./host_clock.ts";

/** How often the agent is asked, in milliseconds. A guest may stand still for so long, and nobody loses anything by it. */
const INTERVAL = 60_000;

/** What {@linkcode watchAgent} calls. */
export interface WatchAgentOptions {
  /** Asks the agent for something. Settles when it has answered, or when nobody will. */
  readonly ask: () => Promise<void>;
  /** Called when it has not answered in time. */
  readonly onSilence: () => void;
  /** The clocks that say when. */
  readonly clock?: HostClock | undefined;
}

/**
 * Asks a guest's agent again and again whether it is there, where the hypervisor does not tell: a guest keeps nobody from
 * ending all of the agent's processes.
 *
 * @param options What to call.
 * @returns Ends it when it is disposed of.
 */
export function watchAgent({ ask, onSilence, clock = HOST_CLOCK }: WatchAgentOptions): Disposable {
  let isAsking = false;
  return clock.repeat(() => {
    if (isAsking) return onSilence();
    isAsking = true;
    void ask().catch(() => {}).finally(() => isAsking = false);
  }, INTERVAL);
}
