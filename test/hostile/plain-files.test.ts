import { testGroup } from './groups.ts';

testGroup('plain files');
