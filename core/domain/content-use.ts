/**
 * What may be done with people's words beside answering them. `judge`: a model rates the answer. `evolve`: a model
 * writes skills from it. `train_local`, `train_hosted`: weights learn from it, on the operator's own machines or
 * elsewhere. `export`: it leaves as a data set.
 */
export const contentUses = ['judge', 'evolve', 'train_local', 'train_hosted', 'export'] as const;
export type ContentUse = (typeof contentUses)[number];
