import { testGroup } from './groups.ts';

testGroup('directories');
