/** Registered subtags and places, written down a second time: the checker does not share them with what it checks. */

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** ISO 639-1, and languages of ISO 639-2 and 639-3 that devices offer, which have no two letters. */
export const LANGUAGES = words(`
  aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es
  et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj
  kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv
  ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti
  tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
  ast brx ceb chr ckb cnr doi dsb fil fur gsw haw hmn hsb kab kok ksh lij mai mni nds nso sah sat scn smn syr yue zgh
`);

/** ISO 15924. */
export const SCRIPTS = words(
  'Arab Armn Beng Cans Cher Cyrl Deva Ethi Geor Grek Gujr Guru Hans Hant Hebr Jpan Khmr Knda Kore Laoo Latn Mlym Mong Mymr Orya Sinh Taml Telu Thaa Thai Tibt',
);

/** UN M49 areas that language tags name. */
export const AREAS = words('001 002 003 019 142 150 202 419');

/** UN M49 sub-region of each country (ISO 3166-1 alpha-2). */
export const COUNTRIES_OF: Readonly<Record<string, ReadonlySet<string>>> = {
  'Northern Africa': words('DZ EG EH LY MA SD TN'),
  'Eastern Africa': words('BI DJ ER ET IO KE KM MG MU MW MZ RE RW SC SO SS TF TZ UG YT ZM ZW'),
  'Middle Africa': words('AO CD CF CG CM GA GQ ST TD'),
  'Southern Africa': words('BW LS NA SZ ZA'),
  'Western Africa': words('BF BJ CI CV GH GM GN GW LR ML MR NE NG SH SL SN TG'),
  Caribbean: words('AG AI AW BB BL BQ BS CU CW DM DO GD GP HT JM KN KY LC MF MQ MS PR SX TC TT VC VG VI'),
  'Central America': words('BZ CR GT HN MX NI PA SV'),
  'South America': words('AR BO BR BV CL CO EC FK GF GS GY PE PY SR UY VE'),
  'Northern America': words('BM CA GL PM US'),
  Antarctica: words('AQ'),
  'Central Asia': words('KG KZ TJ TM UZ'),
  'Eastern Asia': words('CN HK JP KP KR MN MO TW'),
  'South-eastern Asia': words('BN ID KH LA MM MY PH SG TH TL VN'),
  'Southern Asia': words('AF BD BT IN IR LK MV NP PK'),
  'Western Asia': words('AE AM AZ BH CY GE IL IQ JO KW LB OM PS QA SA SY TR YE'),
  'Eastern Europe': words('BG BY CZ HU MD PL RO RU SK UA'),
  'Northern Europe': words('AX DK EE FI FO GB GG IE IM IS JE LT LV NO SE SJ'),
  'Southern Europe': words('AD AL BA ES GI GR HR IT ME MK MT PT RS SI SM VA XK'),
  'Western Europe': words('AT BE CH DE FR LI LU MC NL'),
  'Australia and New Zealand': words('AU CC CX HM NF NZ'),
  Melanesia: words('FJ NC PG SB VU'),
  Micronesia: words('FM GU KI MH MP NR PW UM'),
  Polynesia: words('AS CK NU PF PN TK TO TV WF WS'),
};

export const REGION_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(COUNTRIES_OF).flatMap(([region, countries]) => [...countries].map((country): [string, string] => [country, region])),
);
