/** Subtags that a language tag may have when it leaves: registered ones only, so that no free text looks like a tag. */

/** ISO 639-1, and languages of ISO 639-2 and 639-3 that devices offer, which have no two letters. */
export const LANGUAGES: readonly string[] = [
  'aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et eu fa ff',
  'fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku',
  'kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu',
  'rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo',
  'wa wo xh yi yo za zh zu',
  'ast brx ceb chr ckb cnr doi dsb fil fur gsw haw hmn hsb kab kok ksh lij mai mni nds nso sah sat scn smn syr yue zgh',
]
  .join(' ')
  .split(' ');

/** ISO 15924, scripts that tags of devices name. */
export const SCRIPTS: readonly string[] =
  'Arab Armn Beng Cans Cher Cyrl Deva Ethi Geor Grek Gujr Guru Hans Hant Hebr Jpan Khmr Knda Kore Laoo Latn Mlym Mong Mymr Orya Sinh Taml Telu Thaa Thai Tibt'.split(
    ' ',
  );

/** UN M49 areas that tags name besides countries. */
export const AREAS: readonly string[] = ['001', '002', '003', '019', '142', '150', '202', '419'];
