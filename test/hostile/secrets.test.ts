import { testGroup } from './groups.ts';

testGroup('secrets');
