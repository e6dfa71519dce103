import { testGroup } from './groups.ts';

testGroup('signals');
