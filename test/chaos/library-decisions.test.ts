import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SqliteStores } from '../../adapters/sqlite/stores.ts';
import { turnId } from '../../core/domain/ids.ts';
import { createProposalDesk, type Decider } from '../../core/skills/evolver/decide-proposal.ts';
import { audienceOf } from '../../core/skills/evolver/evolver-library.ts';
import { createSkillLibrary } from '../../core/skills/library.ts';
import { createTrialWorker } from '../../core/skills/trial-worker.ts';
import { type Folder, makeFolder, openAt } from '../adapters/sqlite/rig.ts';
import { sampleAt, sampleSession, sampleTurn } from '../contract/store-samples.ts';
import { draft, proposal } from '../core/skills/evolver/sample-proposal.ts';
import { person, row, userScope } from '../core/skills/evolver/samples.ts';
import { skillNamed } from '../fakes/skills/sample-skill.ts';
import { createFakeClock } from '../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../fakes/system/sequential-ids.ts';
import { type CrashPoints, createCrashPoints } from './crash-points.ts';

const mia: Decider = { personId: person('mia'), role: 'maintainer' };
const name = skillNamed(draft.name);
const scope = userScope();
const consumed = ['s1', 's2', 'w1'];
const noCrash = (): CrashPoints => createCrashPoints(0, 'before');

let folder: Folder;
let files = 0;
beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => folder.remove());

const newPath = (): string => {
  files += 1;
  return folder.file(`${files}.db`);
};

/** One process over the database file, which outlives it. */
function live(path: string, points: CrashPoints) {
  const { database, stores } = openAt(path);
  const clock = createFakeClock();
  const logger = createMemoryLogger();
  const ids = createSequentialIds();
  const proposals = points.wrap('proposals', stores.proposals);
  const trials = points.wrap('trials', stores.trials);
  const library = createSkillLibrary({
    source: { load: async () => ({ skills: [], diagnostics: [] }) },
    store: points.wrap('library', stores.library),
    samples: points.wrap('samples', stores.samples),
    ids,
    clock,
    logger,
    limits: { topK: 6, budgetTokens: 1200 },
  });
  const desk = createProposalDesk({
    proposals,
    library,
    check: () => ({ findings: [] }),
    ids,
    clock,
    logger,
    people: 3,
  });
  const worker = createTrialWorker({
    library,
    trials,
    ledger: points.wrap('ledger', { ofTurn: stores.ledger.ofTurn }),
    clock,
    logger,
    alpha: 0.05,
    maxActive: 40,
    disuseMs: 90 * 86_400_000,
    onHarm: async () => {},
    onLabelled: () => {},
  });
  return {
    stores,
    library,
    desk,
    worker,
    /** As a start does it. */
    async start() {
      await library.reload();
      await desk.recoverClaims();
    },
    async hash() {
      const found = await stores.proposals.get(1);
      if (found === undefined) throw new Error('the draft is gone');
      return found.draftHash;
    },
    end: () => database.close(),
  };
}

/** Three failures that wait for both uses, and a draft made from them. */
async function prepare(path: string): Promise<void> {
  const { stores, end } = live(path, noCrash());
  for (const id of consumed) {
    await stores.turns.open(sampleTurn(id, { generation: 0 }));
    const dueAt = { skills: sampleAt, weights: sampleAt };
    await stores.turns.end(turnId(id), { state: 'done', endedAt: sampleAt, replyText: 'So.', dueAt });
  }
  await stores.proposals.create(proposal());
  end();
}

async function consumedOf({ ledger }: SqliteStores): Promise<readonly boolean[]> {
  const used = async (id: string): Promise<boolean> => {
    const [skills, weights] = await Promise.all([
      ledger.settlement(turnId(id), 'skills'),
      ledger.settlement(turnId(id), 'weights'),
    ]);
    expect(weights?.droppedBy !== undefined, 'used as support and dropped as a sample go together').toBe(
      skills?.state === 'used',
    );
    return skills?.state === 'used';
  };
  return Promise.all(consumed.map(used));
}

const origin = { kind: 'person', by: mia.personId } as const;
const text = { ...draft, name, source: 'by hand' };

type Life = ReturnType<typeof live>;

/** Dies at each call in turn; `look` sees what the next life finds after its start. */
async function dieAtEach(
  moment: 'before' | 'after',
  first: (path: string) => Promise<void>,
  act: (life: Life) => Promise<unknown>,
  look: (life: Life, where: string) => Promise<void>,
): Promise<readonly string[]> {
  const seen: string[] = [];
  for (let at = 1; at < 200; at += 1) {
    const path = newPath();
    await first(path);
    const points = createCrashPoints(at, moment);
    const life = live(path, points);
    await Promise.race([points.died, life.start().then(() => act(life))]);
    life.end();
    const next = live(path, noCrash());
    await next.start();
    await look(next, `killed ${moment} call ${at}, ${points.diedAt}`);
    next.end();
    if (points.diedAt === undefined) break;
    seen.push(points.diedAt);
  }
  return seen;
}

describe.each(['before', 'after'] as const)('killed %s any call takes effect', (moment) => {
  test('an approval happened whole or not at all, and can be given again where it did not', async () => {
    const states = new Set<string>();
    const seen = await dieAtEach(
      moment,
      prepare,
      async ({ desk, hash }) => desk.approve(1, await hash(), mia),
      async ({ stores, library, desk, hash }, where) => {
        const found = await stores.proposals.get(1);
        const isIn = found?.state === 'applied';
        states.add(String(found?.state));
        if (!isIn) expect(found?.state, where).toBe('waiting');
        const skill = library.get(name, audienceOf(scope, true));
        expect(skill !== undefined, where).toBe(isIn);
        expect(library.generation(), where).toBe(isIn ? 1 : 0);
        expect(found?.generation, where).toBe(isIn ? 1 : undefined);
        expect(await consumedOf(stores), where).toEqual(consumed.map(() => isIn));
        if (!isIn) await desk.approve(1, await hash(), mia);
        await expect(desk.approve(1, await hash(), mia), where).rejects.toMatchObject({ code: 'conflict' });
        expect(library.generation(), where).toBe(1);
        expect(await library.versions(scope, name, 9), where).toHaveLength(1);
        expect(await consumedOf(stores), where).toEqual(consumed.map(() => true));
      },
    );
    expect([...states].sort()).toEqual(['applied', 'waiting']);
    for (const call of ['proposals.update', 'samples.waiting', 'library.apply']) expect(seen).toContain(call);
  });

  test('an undo happened whole or not at all', async () => {
    const states = new Set<string>();
    const seen = await dieAtEach(
      moment,
      async (path) => {
        await prepare(path);
        const life = live(path, noCrash());
        await life.start();
        await life.desk.approve(1, await life.hash(), mia);
        life.end();
      },
      ({ desk }) => desk.undo(1, mia),
      async ({ stores, library, desk }, where) => {
        const found = await stores.proposals.get(1);
        states.add(String(found?.state));
        const isUndone = found?.state === 'undone';
        if (!isUndone) expect(found?.state, where).toBe('applied');
        expect(library.entry(scope, name)?.state, where).toBe(isUndone ? 'retired' : 'canary');
        expect(library.generation(), where).toBe(isUndone ? 2 : 1);
        if (!isUndone) await desk.undo(1, mia);
        expect(library.entry(scope, name)?.state, where).toBe('retired');
        expect(library.generation(), where).toBe(2);
      },
    );
    expect([...states].sort()).toEqual(['applied', 'undone']);
    expect(seen).toContain('library.apply');
  });

  test('each session is counted once, and what they say together is acted on once', async () => {
    const sessions = 12;
    const shown = (at: number): boolean => at % 2 === 0;
    const entries = [{ scope, name, text: { ...text, origin }, state: 'active' }] as const;
    const talk = async (path: string): Promise<void> => {
      const { stores, library, start, end } = live(path, noCrash());
      await start();
      await library.change({ cause: { kind: 'add' }, entries });
      for (let at = 0; at < sessions; at += 1) {
        const id = `t${at}`;
        const session = sampleSession(`session ${at}`, { endedAt: sampleAt + at, endReason: 'gap' });
        const met = [
          { ...library.retrieve('an invoice', audienceOf(scope, true)).shown[0]!, propensity: 0.5 },
        ];
        const skills = shown(at) ? { skills: met, maskedSkills: [] } : { skills: [], maskedSkills: met };
        await stores.turns.open(
          sampleTurn(id, { sessionId: session.sessionId, isHoldOut: false, ...skills }),
        );
        await stores.turns.end(turnId(id), { state: 'done', endedAt: sampleAt, replyText: 'So.' });
        await stores.ledger.append(row(id, `vote on ${id}`, { polarity: shown(at) ? -1 : 1 }));
        await stores.sessions.open(session);
      }
      end();
    };
    const seen = await dieAtEach(
      moment,
      talk,
      ({ worker }) => worker.run(),
      async ({ stores, library, worker }, where) => {
        for (let round = 0; round < 2; round += 1) await worker.run();
        const exposures = await stores.trials.exposures({ scope, name, trial: 1 });
        expect(exposures.map(({ sessionId }) => sessionId).sort(), where).toHaveLength(sessions);
        expect(new Set(exposures.map(({ sessionId }) => sessionId)).size, where).toBe(sessions);
        expect(await stores.trials.uses(), where).toMatchObject([{ name, sessions: sessions / 2 }]);
        expect(library.entry(scope, name)?.state, where).toBe('candidate');
        expect(library.generation(), where).toBe(2);
        const told = await library.history(9, { scope, name });
        expect(
          told.map(({ cause }) => cause.kind),
          where,
        ).toEqual(['demote', 'add']);
      },
    );
    for (const call of ['trials.countable', 'ledger.ofTurn', 'trials.count', 'library.apply'])
      expect(seen).toContain(call);
  });
});
