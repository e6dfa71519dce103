import { newDraft, type EditedTable } from '../../../src/extension/operations/trial-draft.ts';

/** Three trials that a person has edited. */
export const table: EditedTable = {
  columns: ['lr', 'epochs'],
  rows: [
    { id: 1, cells: { lr: '0.1' } },
    { id: 2, cells: { lr: '0.2', epochs: '5' } },
    { id: 3, cells: { epochs: '7' } },
  ],
  nextId: 4,
};

/** What is filled in for two trials. */
export const draft = newDraft({ folder: '/project', operation: 'train', flags: 'lr=[1,2]' });
