/** One unfinished run a scope, in place of one in all. That there is none beside one of everywhere the store itself sees to. */
export const scopedRunsSchema = `
DROP INDEX training_runs_one_unfinished;
CREATE UNIQUE INDEX training_runs_unfinished ON training_runs (scope) WHERE ended_at IS NULL;
`;
