import { testGroup } from './groups.ts';

testGroup('names');
