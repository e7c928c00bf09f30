import { expect, test } from 'vitest';
import type { SqliteDatabase } from '../../../adapters/sqlite/database.ts';
import { openStores } from '../../../adapters/sqlite/stores.ts';
import { openAt } from './rig.ts';

/** Every statement that the stores prepare. */
function statementsOf(database: SqliteDatabase): readonly string[] {
  const texts: string[] = [];
  const collecting: SqliteDatabase = {
    ...database,
    statement: (sql) => {
      texts.push(sql);
      return database.statement(sql);
    },
  };
  openStores(collecting);
  return texts;
}

interface PlanRow {
  readonly detail: string;
}

/** Whole tables that are read on purpose: at a start, for `status`, or because the table stays small. */
const mayScan = [
  /FROM activity ORDER BY space_id$/,
  /FROM api_keys ORDER BY created_at, ordinal$/,
  /FROM calendars ORDER BY ordinal$/,
  /^SELECT COUNT\(\*\)/,
  /^SELECT state, COUNT\(\*\)/,
  /FROM skill_entries e( JOIN|$| WHERE e.state = 'hidden')/,
  /FROM skill_uses/,
  // The newest alone.
  /ORDER BY sequence DESC LIMIT \?$/,
  /FROM (training_runs|policies) ORDER BY number DESC LIMIT \?$/,
  /FROM library_log ORDER BY revision DESC, scope DESC, name DESC LIMIT \?$/,
];

/** `u`: the signals that nobody has claimed yet, which are few. A scan through an index that was made for it reads what it needs; of these the plan names the index. */
const isFullScan = ({ detail }: PlanRow): boolean =>
  /^SCAN (?!json_each|\(subquery|CONSTANT ROW|u$)/.test(detail) && !/USING (COVERING )?INDEX/.test(detail);

test('no statement reads a whole table that grows with the talk', () => {
  const { database } = openAt(':memory:');
  const scans = statementsOf(database)
    .map((sql) => sql.trim().replace(/\s+/g, ' '))
    .filter((sql) => !mayScan.some((allowed) => allowed.test(sql)))
    .flatMap((sql) => {
      const plan = database.statement<[], PlanRow>(`EXPLAIN QUERY PLAN ${sql.replaceAll('?', 'NULL')}`);
      return database
        .attempt(() => plan.all())
        .filter(isFullScan)
        .map(({ detail }) => `${detail}: ${sql}`);
    });
  expect(scans).toEqual([]);
  database.close();
});

test('what looks for a few settlements of many reads the index that holds only these', () => {
  const { database } = openAt(':memory:');
  const plans = statementsOf(database).flatMap((sql) => {
    const plan = database.statement<[], PlanRow>(`EXPLAIN QUERY PLAN ${sql.replaceAll('?', 'NULL')}`);
    return database.attempt(() => plan.all()).map(({ detail }) => detail);
  });
  const used = [
    'support',
    'good',
    'labelled',
    'labelled_of_space',
    'waiting',
    'not_dropped',
    'dropped',
    'trained',
    'ready',
  ];
  for (const name of used) expect(plans).toContainEqual(expect.stringContaining(`INDEX settlements_${name}`));
  for (const name of ['turns_held_out', 'turns_held_out_of_space', 'run_samples_held']) {
    expect(plans).toContainEqual(expect.stringMatching(`INDEX ${name}\\b`));
  }
  database.close();
});

test('what belongs to a row is found by an index when the row is replaced or deleted', () => {
  const { database } = openAt(':memory:');
  interface Name {
    readonly name: string;
  }
  const read = <Row>(sql: string): readonly Row[] => {
    const statement = database.statement<[], Row>(sql);
    return database.attempt(() => statement.all());
  };
  const missing = read<Name>("SELECT name FROM sqlite_schema WHERE type = 'table'").flatMap(({ name }) => {
    const firstColumns = read<Name>(`
      SELECT (SELECT i.name FROM pragma_index_info(l.name) i WHERE i.seqno = 0) AS name
      FROM pragma_index_list('${name}') l`).map((column) => column.name);
    const rowId = read<Name>(`SELECT name FROM pragma_table_info('${name}') WHERE pk = 1`);
    const indexed = new Set([...firstColumns, ...rowId.map((column) => column.name)]);
    return read<{ readonly from: string }>(`SELECT "from" FROM pragma_foreign_key_list('${name}')`)
      .filter(({ from }) => !indexed.has(from))
      .map(({ from }) => `${name}.${from}`);
  });
  expect(missing).toEqual([]);
  database.close();
});
