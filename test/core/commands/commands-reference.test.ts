import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commandCatalogue } from '../../../core/commands/catalogue.ts';
import { commandName } from '../../../core/commands/command-spec.ts';
import { renderCommandsReference } from '../../../core/commands/commands-reference.ts';

test('docs/commands.md is what the catalogue says; after a change run `npm run docs`', () => {
  const file = join(import.meta.dirname, '..', '..', '..', 'docs', 'commands.md');
  expect(readFileSync(file, 'utf8')).toBe(renderCommandsReference());
});

test('the catalogue is sound', () => {
  const names = commandCatalogue.flatMap((spec) => [commandName(spec), ...spec.aliases]);
  expect(new Set(names).size).toBe(names.length);
  for (const { path, summary, details, args, onlyForStrangers, forStrangers } of commandCatalogue) {
    expect(path.every((word) => /^[a-z]+$/.test(word))).toBe(true);
    expect(path.length).toBeLessThanOrEqual(2);
    expect(summary).toMatch(/^[a-z].{5,60}[^.]$/);
    expect(details).toMatch(/^[A-Z].+\.$/);
    expect(args.slice(0, -1).every(({ kind }) => kind !== 'rest')).toBe(true);
    expect(args.toSorted((a, b) => Number(b.required) - Number(a.required))).toEqual(args);
    if (onlyForStrangers) expect(forStrangers).toBe(true);
  }
});
