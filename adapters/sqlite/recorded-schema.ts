/** The messages of an answer that was recorded whole, in order; NULL where they were sent one by one. */
export const recordedSchema = `
ALTER TABLE turns ADD COLUMN reply_refs TEXT;
`;
