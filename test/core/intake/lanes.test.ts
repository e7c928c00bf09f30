import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ConversationKey, encodeConversationKey } from '../../../core/domain/conversation.ts';
import { personId, spaceId } from '../../../core/domain/ids.ts';
import {
  createLanes,
  type LaneControl,
  type LaneItem,
  type LaneResult,
  type Lanes,
} from '../../../core/intake/lanes.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';

const keyOf = (name: string): ConversationKey =>
  encodeConversationKey({
    platform: 'fake',
    spaceId: spaceId('fake', 's'),
    audience: 'direct',
    channelId: name,
  });

interface Run {
  readonly words: readonly string[];
  readonly control: LaneControl;
  end(result?: LaneResult<string>): Promise<void>;
  fail(error: Error): Promise<void>;
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setUp(options: { maxRunning?: number; bound?: number; burstMs?: number } = {}) {
  const clock = createFakeClock();
  const runs: Run[] = [];
  const lanes: Lanes<string> = createLanes<string>({
    run: (batch, control) => {
      const { promise, resolve, reject } = Promise.withResolvers<LaneResult<string>>();
      runs.push({
        words: batch.map(({ work }) => work),
        control,
        end: (result = { kind: 'done' }) => {
          resolve(result);
          return settle();
        },
        fail: (error) => {
          reject(error);
          return settle();
        },
      });
      return promise;
    },
    maxRunning: options.maxRunning ?? 10,
    bound: options.bound ?? 20,
    burstMs: options.burstMs ?? 1_500,
    clock,
    logger: createMemoryLogger(),
  });
  const say = (words: string, { by = 'ann', channel = 'c', at = clock.now(), group = 'fake' } = {}): void =>
    lanes.offer({
      key: keyOf(channel),
      group,
      work: words,
      joinable: { personId: personId('fake', by), at },
    });
  const told = (): (readonly string[])[] => runs.map(({ words }) => words);
  return { clock, runs, lanes, say, told };
}

describe('lanes', () => {
  test('one conversation is serial, different ones run side by side', async () => {
    const { runs, say, told } = setUp({ burstMs: -1 });
    say('a1');
    say('a2');
    say('b1', { channel: 'd' });
    expect(told()).toEqual([['a1'], ['b1']]);
    await runs[0]?.end();
    expect(told()).toEqual([['a1'], ['b1'], ['a2']]);
  });

  test('conversations take turns: a busy one does not starve another', async () => {
    const { runs, say, told } = setUp({ maxRunning: 1, burstMs: -1 });
    for (const words of ['a1', 'a2', 'a3']) say(words);
    say('b1', { channel: 'd' });
    for (let index = 0; index < 4; index += 1) await runs[index]?.end();
    expect(told()).toEqual([['a1'], ['b1'], ['a2'], ['a3']]);
  });

  test('words that follow in a burst restart the run with all of them while nothing shows', async () => {
    const { clock, runs, say, told } = setUp();
    say('can you');
    await clock.advance(1_500);
    say('sum this up?');
    expect(runs[0]?.control.signal.reason).toBe('restart');
    await runs[0]?.end({ kind: 'withdrawn' });
    expect(told()).toEqual([['can you'], ['can you', 'sum this up?']]);
  });

  test('words after the answer shows, after the burst time, or of somebody else are turns of their own', async () => {
    const late = setUp();
    late.say('one');
    await late.clock.advance(1_501);
    late.say('two');
    expect(late.runs[0]?.control.signal.aborted).toBe(false);

    const shown = setUp();
    shown.say('one');
    shown.runs[0]?.control.close();
    shown.say('two');
    expect(shown.runs[0]?.control.signal.aborted).toBe(false);
    await shown.runs[0]?.end();
    expect(shown.told()).toEqual([['one'], ['two']]);

    const other = setUp();
    other.say('one');
    other.say('two', { by: 'bob' });
    expect(other.runs[0]?.control.signal.aborted).toBe(false);
  });

  test('what waited together in a burst is one turn, in order, and stops at somebody else', async () => {
    const { runs, say, told } = setUp();
    say('first', { by: 'cy' });
    runs[0]?.control.close();
    say('b1', { by: 'bob' });
    say('b2', { by: 'bob' });
    say('a1');
    say('b3', { by: 'bob' });
    await runs[0]?.end();
    await runs[1]?.end();
    await runs[2]?.end();
    expect(told()).toEqual([['first'], ['b1', 'b2'], ['a1'], ['b3']]);
  });

  test('a run that finished although further words joined it leaves those as the next turn', async () => {
    const { runs, say, told } = setUp();
    say('one');
    say('two');
    await runs[0]?.end({ kind: 'done' });
    expect(told()).toEqual([['one'], ['two']]);
  });

  test('a clock that jumps back keeps a burst together', async () => {
    const { clock, runs, say } = setUp();
    say('one');
    clock.jump(-3_600_000);
    say('two');
    expect(runs[0]?.control.signal.reason).toBe('restart');
  });

  test('is bounded; what is being stored counts', () => {
    const { lanes, say } = setUp({ bound: 2, burstMs: -1 });
    say('runs');
    say('waits');
    expect(lanes.hasRoom(keyOf('c'))).toBe(true);
    const release = lanes.reserve(keyOf('c'));
    expect(lanes.hasRoom(keyOf('c'))).toBe(false);
    release();
    release();
    expect(lanes.hasRoom(keyOf('c'))).toBe(true);
    say('waits too');
    expect(lanes.hasRoom(keyOf('c'))).toBe(false);
    expect(lanes.hasRoom(keyOf('other'))).toBe(true);
  });

  test('stop aborts the run and drops what matches', async () => {
    const { lanes, runs, say, told } = setUp({ burstMs: -1 });
    say('a1');
    say('a2');
    say('b1', { by: 'bob' });
    const result = lanes.stop(keyOf('c'), ({ work }) => work.startsWith('a'));
    expect(result.stoppedRun).toBe(true);
    expect(result.dropped.map(({ work }) => work)).toEqual(['a2']);
    expect(runs[0]?.control.signal.reason).toBe('stop');
    await runs[0]?.end();
    expect(told()).toEqual([['a1'], ['b1']]);
    expect(lanes.stop(keyOf('nobody'), () => true)).toEqual({ stoppedRun: false, dropped: [] });
  });

  test('stop during a restart drops the words that were to run again', async () => {
    const { lanes, runs, say, told } = setUp();
    say('one');
    say('two');
    const result = lanes.stop(keyOf('c'), () => true);
    expect(result.stoppedRun).toBe(true);
    expect(result.dropped.map(({ work }) => work)).toEqual(['one', 'two']);
    await runs[0]?.end({ kind: 'withdrawn' });
    expect(told()).toEqual([['one']]);
  });

  test('stop during a restart drops the words that had joined, even when the run comes to an end after all', async () => {
    const { lanes, runs, say, told } = setUp();
    say('one');
    say('two');
    expect(lanes.stop(keyOf('c'), () => true).dropped.map(({ work }) => work)).toEqual(['one', 'two']);
    await runs[0]?.end({ kind: 'done' });
    expect(told()).toEqual([['one']]);
  });

  test.each(['done', 'withdrawn'] as const)(
    'words after a stop are a turn of their own, whether or not the stopped run was being restarted (%s)',
    async (kind) => {
      const { lanes, runs, say, told } = setUp();
      say('one');
      if (kind === 'withdrawn') say('two');
      lanes.stop(keyOf('c'), () => true);
      say('three');
      await runs[0]?.end({ kind });
      expect(told()).toEqual([['one'], ['three']]);
    },
  );

  test('a stopped restart that could not be stored runs nothing again', async () => {
    const { clock, lanes, runs, say, told } = setUp();
    say('one');
    say('two');
    lanes.stop(keyOf('c'), () => true);
    await runs[0]?.end({ kind: 'again', delayMs: 1_000 });
    await clock.advance(1_000);
    expect(told()).toEqual([['one']]);
    expect(lanes.stats().conversations).toBe(0);
  });

  test('a burst without an end becomes batches of the bound', async () => {
    const { runs, say, told } = setUp({ bound: 3 });
    for (const words of ['1', '2', '3', '4', '5']) say(words);
    await runs[0]?.end({ kind: 'withdrawn' });
    await runs[1]?.end();
    expect(told()).toEqual([['1'], ['1', '2', '3'], ['4', '5']]);
  });

  test('an edit reaches words that have just joined', async () => {
    const { lanes, runs, say, told } = setUp();
    say('one');
    say('two');
    const edit = (item: LaneItem<string>) => (item.work === 'two' ? { ...item, work: 'deux' } : undefined);
    expect(lanes.replace(keyOf('c'), edit)).toBe(true);
    await runs[0]?.end({ kind: 'withdrawn' });
    expect(told()).toEqual([['one'], ['one', 'deux']]);
  });

  test('an edit changes waiting words, and restarts a run that shows nothing yet', async () => {
    const { lanes, runs, say, told } = setUp({ burstMs: -1 });
    const edit = (from: string, to: string) => (item: LaneItem<string>) =>
      item.work === from ? { ...item, work: to } : undefined;
    say('one');
    say('two');
    expect(lanes.replace(keyOf('c'), edit('two', 'deux'))).toBe(true);
    expect(lanes.replace(keyOf('c'), edit('one', 'un'))).toBe(true);
    expect(lanes.replace(keyOf('c'), edit('three', 'trois'))).toBe(false);
    await runs[0]?.end({ kind: 'withdrawn' });
    await runs[1]?.end();
    expect(told()).toEqual([['one'], ['un'], ['deux']]);
    runs[2]?.control.close();
    expect(lanes.replace(keyOf('c'), edit('deux', 'zwei'))).toBe(false);
  });

  test('`again` runs what it names after the pause, before the rest of the conversation', async () => {
    const { clock, runs, say, told } = setUp({ burstMs: -1 });
    say('one');
    say('two');
    await runs[0]?.end({
      kind: 'again',
      delayMs: 1_000,
      items: [{ key: keyOf('c'), group: 'fake', work: 'one, later' }],
    });
    await clock.advance(999);
    expect(told()).toEqual([['one']]);
    await clock.advance(1);
    expect(told()).toEqual([['one'], ['one, later']]);
    await runs[1]?.end();
    expect(told().at(-1)).toEqual(['two']);
  });

  test('a run that rejects is logged and the lane goes on', async () => {
    const { runs, say, told } = setUp({ burstMs: -1 });
    say('one');
    say('two');
    await runs[0]?.fail(new Error('bug'));
    expect(told()).toEqual([['one'], ['two']]);
  });

  test('held groups wait for their release, others do not', async () => {
    const { lanes, say, told } = setUp();
    lanes.hold('slow');
    say('held', { channel: 'h', group: 'slow' });
    say('free');
    expect(told()).toEqual([['free']]);
    lanes.release('slow');
    expect(told()).toEqual([['free'], ['held']]);
  });

  test('drain waits for what runs, starts nothing new, and aborts at the deadline', async () => {
    const { clock, lanes, runs, say, told } = setUp({ burstMs: -1 });
    say('one');
    say('two');
    let drained = false;
    const draining = lanes.drain(5_000).then(() => {
      drained = true;
    });
    await clock.advance(4_999);
    expect(runs[0]?.control.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(runs[0]?.control.signal.reason).toBe('shutdown');
    expect(drained).toBe(false);
    await runs[0]?.end({ kind: 'withdrawn' });
    await draining;
    expect(told()).toEqual([['one']]);
    await lanes.drain(1);
  });

  test('while draining, what is said or edited restarts no run and waits', async () => {
    const { lanes, runs, say, told } = setUp();
    say('one');
    const draining = lanes.drain(5_000);
    say('two');
    say('elsewhere', { channel: 'd' });
    expect(lanes.replace(keyOf('c'), (item) => (item.work === 'one' ? item : undefined))).toBe(false);
    expect(runs[0]?.control.signal.aborted).toBe(false);
    await runs[0]?.end();
    await draining;
    expect(told()).toEqual([['one']]);
    expect(lanes.stats()).toEqual({ running: 0, waiting: 2, conversations: 2 });
  });

  test('idle conversations are forgotten', async () => {
    const { lanes, runs, say } = setUp();
    for (let index = 0; index < 50; index += 1) say('hi', { channel: `c${index}` });
    for (let index = 0; index < 50; index += 1) await runs[index]?.end();
    expect(lanes.stats()).toEqual({ running: 0, waiting: 0, conversations: 0 });
  });
});

type Step =
  | { readonly op: 'say'; readonly channel: number; readonly by: number; readonly gapMs: number }
  | { readonly op: 'end'; readonly pick: number; readonly withdraw: boolean }
  | { readonly op: 'show'; readonly pick: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ op: fc.constant('say' as const), channel: fc.nat(3), by: fc.nat(1), gapMs: fc.nat(3_000) }),
  fc.record({ op: fc.constant('end' as const), pick: fc.nat(5), withdraw: fc.boolean() }),
  fc.record({ op: fc.constant('show' as const), pick: fc.nat(5) }),
);

const channelOf = (run: Run): string => run.words[0]?.split(':')[0] ?? '';

/** Plays steps against lanes and keeps book of what was offered, what runs, and what came to its end. */
function createPlayer(maxRunning: number) {
  const { clock, runs, lanes, say } = setUp({ maxRunning });
  const offered = new Map<string, string[]>();
  const finished = new Map<string, string[]>();
  const open = new Set<Run>();
  let known = 0;

  function watch(): void {
    for (const run of runs.slice(known)) open.add(run);
    known = runs.length;
    const busy = [...open].map(channelOf);
    expect(new Set(busy).size, 'two runs of one conversation').toBe(busy.length);
    expect(open.size).toBeLessThanOrEqual(maxRunning);
  }

  async function end(run: Run, withdraw: boolean): Promise<void> {
    open.delete(run);
    const withdrawn = run.control.signal.reason === 'restart' && withdraw;
    const before = finished.get(channelOf(run)) ?? [];
    if (!withdrawn) finished.set(channelOf(run), [...before, ...run.words]);
    await run.end({ kind: withdrawn ? 'withdrawn' : 'done' });
    watch();
  }

  async function play(index: number, one: Step): Promise<void> {
    if (one.op === 'say') {
      await clock.advance(one.gapMs);
      const channel = String(one.channel);
      const words = `${channel}:${index}`;
      offered.set(channel, [...(offered.get(channel) ?? []), words]);
      say(words, { channel, by: String(one.by) });
      watch();
      return;
    }
    const run = [...open][one.pick % Math.max(1, open.size)];
    if (run !== undefined && one.op === 'end') await end(run, one.withdraw);
    if (run !== undefined && one.op === 'show') run.control.close();
  }

  async function finish(): Promise<void> {
    for (const run of open) await end(run, false);
    if (open.size > 0) await finish();
  }

  return { play, finish, offered, finished, lanes };
}

describe('properties of lanes', () => {
  test('every offered item runs exactly once to its end, in order, never two of one conversation at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.integer({ min: 1, max: 4 }),
        async (steps, maxRunning) => {
          const player = createPlayer(maxRunning);
          for (const [index, one] of steps.entries()) await player.play(index, one);
          await player.finish();
          expect(player.finished).toEqual(player.offered);
          expect(player.lanes.stats()).toEqual({ running: 0, waiting: 0, conversations: 0 });
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('threads of a conversation', () => {
  const threadKey = (threadId: string): ConversationKey =>
    encodeConversationKey({
      platform: 'fake',
      spaceId: spaceId('fake', 's'),
      audience: 'direct',
      channelId: 'c',
      threadId,
    });

  test('those with something to do are found, and no other conversation', async () => {
    const { lanes, runs, say } = setUp();
    say('own');
    say('other', { channel: 'c2' });
    for (const thread of ['1', '2']) lanes.offer({ key: threadKey(thread), group: 'fake', work: thread });
    expect(lanes.within(keyOf('c')).toSorted()).toEqual(
      [keyOf('c'), threadKey('1'), threadKey('2')].toSorted(),
    );
    expect(lanes.within(threadKey('1'))).toEqual([threadKey('1')]);
    for (const run of runs) await run.end();
    expect(lanes.within(keyOf('c'))).toEqual([]);
  });

  test('a stop for one person leaves the running answer of another alone, and drops what waits for the one', async () => {
    const { lanes, runs, say } = setUp({ burstMs: 0 });
    const isBobs = ({ work }: LaneItem<string>): boolean => work.startsWith('bob');
    say('ann 1');
    say('bob 1', { by: 'bob', at: 9_000 });
    expect(lanes.stop(keyOf('c'), isBobs, 'theirs')).toMatchObject({
      stoppedRun: false,
      dropped: [{ work: 'bob 1' }],
    });
    expect(runs[0]?.control.signal.aborted).toBe(false);
    say('bob 2', { by: 'bob', at: 18_000 });
    await runs[0]?.end();
    expect(lanes.stop(keyOf('c'), isBobs, 'theirs')).toEqual({ stoppedRun: true, dropped: [] });
    expect(runs[1]?.control.signal.reason).toBe('stop');
  });
});
