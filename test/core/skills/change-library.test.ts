import fc from 'fast-check';
import { expect, test } from 'vitest';
import { skillScopeKey } from '../../../core/domain/skill.ts';
import type { EntryChange, LibraryState, SkillEntry } from '../../../core/ports/library-store.ts';
import { contentHashOf, digestedChange, slotsAfter } from '../../../core/skills/change-library.ts';
import { createLibraryRecord } from '../../../core/skills/library-record.ts';
import type { ShelfSlot } from '../../../core/skills/shelves.ts';
import { createMemoryLibraryStore } from '../../fakes/skills/memory-library-store.ts';
import { sampleText } from '../../fakes/skills/sample-skill.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';
import { byAnn, entry, everywhere, forAnn, texted } from './library-rig.ts';

const { digest } = createSequentialIds();
const names = ['alpha', 'beta'] as const;

const place = { scope: fc.constantFrom(everywhere, forAnn), name: fc.constantFrom(...names) };
const states = fc.constantFrom<SkillEntry['state'][]>('candidate', 'canary', 'active', 'retired', 'hidden');
const anyChange: fc.Arbitrary<EntryChange> = fc
  .oneof(
    fc
      .record({ ...place, body: fc.constantFrom('One.', 'Two.'), isDraft: fc.boolean() })
      .map(({ scope, name, body, isDraft }) =>
        texted(name, { body }, scope, { state: isDraft ? 'candidate' : 'active' }),
      ),
    fc.record({ ...place, state: states }).map(({ scope, name, state }) => entry(name, { state }, scope)),
    fc
      .record({ ...place, version: fc.integer({ min: 0, max: 4 }), state: states })
      .map(({ scope, name, version, state }) => entry(name, { version, state }, scope)),
    fc
      .record({ ...place, maskedContexts: fc.subarray(['a', 'b']), isPinned: fc.boolean() })
      .map(({ scope, name, maskedContexts, isPinned }) => entry(name, { maskedContexts, isPinned }, scope)),
  )
  .map((change) => digestedChange(change, digest));

/** What can be retrieved by scope and name, as texts: version, masks and body. */
function retrievable({ skills, hidden }: LibraryState): ReadonlyMap<string, string> {
  return new Map([
    ...skills.map((skill) => [`${skillScopeKey(skill.scope)} ${skill.name}`, said(skill)] as const),
    ...hidden.map(({ scope, name }) => [`${skillScopeKey(scope)} ${name}`, 'hidden'] as const),
  ]);
}

function said(holds: ShelfSlot['holds']): string {
  if (holds === undefined || holds === 'hidden') return holds ?? '';
  const { version, body, contentHash, standing } = holds;
  return JSON.stringify([version, body, contentHash, standing.maskedContexts.toSorted()]);
}

test('foresees exactly what a store makes of any changes', async () => {
  const seen = { slots: 0, changes: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(anyChange, { minLength: 1, maxLength: 3 }), { maxLength: 15 }),
      async (changes) => {
        const store = createMemoryLibraryStore();
        for (const entries of changes) {
          const before = await store.state();
          const slots = await slotsAfter(entries, createLibraryRecord(before), store);
          const after = await store
            .apply({
              at: 0,
              expectedRevision: before.revision,
              cause: byAnn,
              entries,
              consumed: [],
              invalidation: { mode: 'strict' },
            })
            .catch(() => undefined);
          if (after === undefined) continue;
          const foreseen = new Map(retrievable(before));
          for (const { scope, name, holds } of slots) {
            const key = `${skillScopeKey(scope)} ${name}`;
            if (holds === undefined) foreseen.delete(key);
            else foreseen.set(key, said(holds));
          }
          expect(foreseen).toEqual(retrievable(after));
          expect(slots.length > 0).toBe(after.generation > before.generation);
          seen.slots += slots.length;
          seen.changes += 1;
        }
      },
    ),
    { numRuns: 300 },
  );
  expect(seen.slots).toBeGreaterThan(300);
  expect(seen.changes).toBeGreaterThan(seen.slots / 3);
});

test('a digest is of name, description, triggers and body', () => {
  const text = sampleText('alpha');
  const hash = contentHashOf(text, digest);
  expect(contentHashOf(sampleText('alpha', { source: 'elsewhere' }), digest)).toBe(hash);
  for (const other of [
    sampleText('beta', { description: text.description, body: text.body }),
    { ...text, description: 'x' },
    { ...text, triggers: ['x'] },
    { ...text, body: 'x' },
  ]) {
    expect(contentHashOf(other, digest)).not.toBe(hash);
  }
});
