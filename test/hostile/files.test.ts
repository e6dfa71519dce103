import { testGroup } from './groups.ts';

testGroup('files');
