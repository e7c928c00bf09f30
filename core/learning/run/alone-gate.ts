import { haltError, type RunGate } from './run-gate.ts';

/** Makes a call while nobody is answered, and no other such call is made. Rejects with `aborted`, and as the call does. */
export type MakeAlone = <T>(call: () => Promise<T>, signal: AbortSignal) => Promise<T>;

/**
 * The same gate for calls to an engine that cannot train and answer at once: each waits until it is alone there. Where that wait ends with the
 * window, the call is not made, and rejects with a halt. Calls to others go through the gate as it was.
 */
export function aloneGate(gate: RunGate, alone: MakeAlone | undefined): RunGate {
  if (alone === undefined) return gate;
  const { halted } = gate;

  async function makeAlone<T>(make: () => Promise<T>, by: MakeAlone): Promise<T> {
    let isMade = false;
    try {
      return await by(() => {
        if (halted.aborted) throw haltError('paused');
        isMade = true;
        return make();
      }, halted);
    } catch (thrown) {
      throw !isMade && halted.aborted ? haltError('paused') : thrown;
    }
  }

  return { ...gate, call: (cost, make) => gate.call(cost, () => makeAlone(make, alone)) };
}
