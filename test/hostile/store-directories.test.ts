import { testGroup } from './groups.ts';

testGroup('store directories');
