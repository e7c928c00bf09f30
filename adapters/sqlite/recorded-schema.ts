/**
 * `reply_refs`: the messages of an answer that was recorded whole, in order; NULL where they were sent one by one. What is held out
 * is found by platform without a look at the turns: those of programs are many.
 */
export const recordedSchema = `
ALTER TABLE turns ADD COLUMN reply_refs TEXT;

DROP INDEX turns_held_out;
CREATE INDEX turns_held_out ON turns (ordinal, platform)
  WHERE is_hold_out = 1 AND state = 'done' AND line = 'main' AND reply_text <> '';
DROP INDEX turns_held_out_of_space;
CREATE INDEX turns_held_out_of_space ON turns (space_id, ordinal, platform)
  WHERE is_hold_out = 1 AND state = 'done' AND line = 'main' AND reply_text <> '';
`;
