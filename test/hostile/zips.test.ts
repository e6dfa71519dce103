import { testGroup } from './groups.ts';

testGroup('zips');
