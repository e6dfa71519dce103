import { testGroup } from './groups.ts';

testGroup('store files');
