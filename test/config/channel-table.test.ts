import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { renderChannelTable, tableColumns, withChannelTable } from '../../config/channel-table.ts';
import { packageRoot } from '../../config/package-root.ts';

describe('the table of channels', () => {
  test('in the README is what the code says; after a change run `npm run docs`', () => {
    const readme = readFileSync(join(packageRoot(), 'README.md'), 'utf8');
    expect(withChannelTable(readme)).toBe(readme);
    expect(() => withChannelTable('# No marks')).toThrow('marks');
  });

  test.each(tableColumns)('gives a reason for all that $title lacks, and for nothing else', (column) => {
    const lacking = Object.entries(column.capabilities).flatMap(([flag, value]) =>
      value === false && flag !== 'isLocal' ? [flag] : [],
    );
    expect(Object.keys(column.whyNot).toSorted()).toEqual(lacking.toSorted());
    for (const reason of Object.values(column.whyNot)) {
      expect(reason).toMatch(/^[^|\n]{10,160}$/);
      expect(reason).not.toMatch(/[.!]$/);
    }
  });

  test('has a row for every flag', () => {
    const flags = Object.values(tableColumns[0]!.capabilities).filter((value) => typeof value === 'boolean');
    expect(renderChannelTable().split('\n')).toHaveLength(2 + flags.length - 1);
    expect(renderChannelTable()).not.toContain('?');
  });
});
