import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../../../core/domain/app-error.ts';
import { turnId } from '../../../../core/domain/ids.ts';
import type { LibraryStore } from '../../../../core/ports/library-store.ts';
import {
  sampleAt,
  sampleScopes,
  sampleSkill,
  sampleTurn,
  skillName,
} from '../../../contract/store-samples.ts';
import { openAt } from '../rig.ts';
import { tell } from './tell.ts';

/** Changes the skill library on a small file system until it is full; each change is made from a turn of its own. */
const folder = process.argv[2] ?? '';
const path = join(folder, 'state.db');
const ballast = join(folder, 'ballast');
writeFileSync(ballast, Buffer.alloc(512 * 1024, 1));

const { database, stores } = openAt(path);
const changes = 100;
const turns = Array.from({ length: changes }, (_, count) => sampleTurn(`t${count}`, { generation: 0 }));
// In one commit: the disk is for the library.
await Promise.all(turns.map((turn) => stores.turns.open(turn)));

async function change(library: LibraryStore, count: number): Promise<string> {
  const { revision } = await library.state();
  const body = `${count} `.repeat(2_000);
  const skills = ['a', 'b'].map((name) => ({
    scope: sampleScopes.global,
    name: skillName(name),
    text: { ...sampleSkill(name, String(count)), body, origin: { kind: 'files' } as const },
  }));
  try {
    await library.apply({
      at: sampleAt,
      expectedRevision: revision,
      cause: { kind: 'edit' },
      entries: skills,
      consumed: [turnId(`t${count}`)],
      invalidation: { mode: 'strict' },
    });
    return 'ok';
  } catch (thrown) {
    return thrown instanceof AppError ? thrown.code : String(thrown);
  }
}

let done = 0;
let full = 'ok';
while (full === 'ok' && done < changes) {
  full = await change(stores.library, done);
  if (full === 'ok') done += 1;
}

async function look({ library, ledger }: typeof stores): Promise<Readonly<Record<string, unknown>>> {
  const { generation, revision, skills } = await library.state();
  const consumed: boolean[] = [];
  for (const id of [done - 1, done]) {
    consumed.push((await ledger.settlement(turnId(`t${id}`), 'skills')) !== undefined);
  }
  const logged = (await library.history(9_999)).length;
  return { generation, revision, versions: skills.map(({ version }) => version), consumed, logged };
}

const whenFull = await look(stores);
rmSync(ballast);
const after = await change(stores.library, done);
database.close();
const again = openAt(path);
const faults = again.database.integrityFaults();
const { generation } = await again.stores.library.state();
again.database.close();
tell(JSON.stringify({ done, full, whenFull, after, generation, faults }));
