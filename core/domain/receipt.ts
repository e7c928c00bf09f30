/**
 * What became of an inbound event. `stored`: durable, work will follow. `duplicate`: seen before, nothing to do.
 * `refused`: not for us (not addressed, not admitted, unknown target), nothing to do. `unavailable`: not stored; the
 * platform should deliver it again. An adapter acknowledges after the first three and never after `unavailable`.
 */
export type Receipt = 'stored' | 'duplicate' | 'refused' | 'unavailable';
