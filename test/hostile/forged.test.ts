import { testGroup } from './groups.ts';

testGroup('forged');
