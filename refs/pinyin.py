"""Pinyin without tones for the names and titles of Chinese works: 张 is zhang, 欧阳 ouyang, 长江 changjiang.

A character has one reading, the commonest, told by its place among the ideographs that `csl/pinyin.txt` lists by
sound; the starts of the syllables in that list agree with Unihan's kMandarin for all but 128 of 20,902. Surnames
that are read otherwise and the words in which a common character is have tables of their own. ü is written u.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

HAN = "[\u3400-\u9fff\uf900-\ufaff]"

# A syllable and the first character of the list that is read so.
SYLLABLES = """
    a 吖 ai 哎 an 安 ang 肮 ao 凹 ba 丷 bai 挀 ban 扳 bang 邦 bao 勹 bei 卑 ben 奔 beng 伻 bi 屄 bian 边 biao 灬
    bie 憋 bin 汃 bing 冫 bo 癶 bu 峬 ca 嚓 cai 偲 can 参 cang 仓 cao 撡 ce 冊 cen 嵾 ceng 曽 cha 叉 chai 芆
    chan 辿 chang 伥 chao 抄 che 车 chen 抻 cheng 阷 chi 吃 chong 充 chou 抽 chu 出 chua 歘 chuai 揣 chuan 巛
    chuang 刅 chui 吹 chun 旾 chuo 逴 ci 呲 cong 匆 cou 凑 cu 粗 cuan 汆 cui 崔 cun 邨 cuo 搓 da 咑 dai 呆 dan 丹
    dang 当 dao 刀 de 嘚 den 扥 deng 灯 di 氐 dian 敁 diao 刁 die 爹 ding 丁 diu 丟 dong 东 dou 吺 du 厾 duan 耑
    dui 垖 dun 吨 duo 多 e 妸 ei 诶 en 奀 eng 鞥 er 儿 fa 发 fan 帆 fang 匚 fei 飞 fen 分 feng 丰 fiao 覅 fo 仏
    fou 紑 fu 夫 ga 旮 gai 侅 gan 甘 gang 冈 gao 皋 ge 戈 gei 给 gen 根 geng 刯 gong 工 gou 勾 gu 估 gua 瓜
    guai 乖 guan 关 guang 光 gui 归 gun 丨 guo 呙 ha 哈 hai 咍 han 佄 hang 夯 hao 茠 he 诃 hei 黒 hen 拫 heng 亨
    hm 噷 hong 叿 hou 齁 hu 乎 hua 花 huai 怀 huan 欢 huang 巟 hui 灰 hun 昏 huo 吙 ji 丌 jia 加 jian 戋 jiang 江
    jiao 艽 jie 阶 jin 巾 jing 坕 jiong 冂 jiu 丩 ju 凥 juan 姢 jue 噘 jun 军 ka 咔 kai 开 kan 刊 kang 忼 kao 尻
    ke 匼 kei 剋 ken 肎 keng 劥 kong 空 kou 抠 ku 扝 kua 夸 kuai 蒯 kuan 宽 kuang 匡 kui 亏 kun 坤 kuo 扩 la 垃
    lai 来 lan 兰 lang 啷 lao 捞 le 仂 lei 勒 leng 崚 li 哩 lia 俩 lian 奁 liang 良 liao 撩 lie 毟 lin 拎 ling 伶
    liu 溜 lo 囖 long 龙 lou 瞜 lu 噜 luan 娈 lue 掠 lun 抡 luo 啰 m 呣 ma 妈 mai 埋 man 嫚 mang 牤 mao 猫 me 嚒
    mei 呅 men 椚 meng 擝 mi 咪 mian 宀 miao 喵 mie 乜 min 民 ming 名 miu 谬 mo 摸 mou 哞 mu 毪 na 拏 nai 腉
    nan 囡 nang 囔 nao 孬 ne 疒 nei 娞 nen 恁 neng 能 ni 妮 nian 拈 niang 娘 niao 鸟 nie 捏 nin 囜 ning 宁 niu 妞
    nong 农 nou 羺 nu 奴 nuan 奻 nue 疟 nun 黁 nuo 郍 o 喔 ou 讴 pa 妑 pai 拍 pan 眅 pang 乓 pao 抛 pei 呸 pen 喷
    peng 匉 pi 丕 pian 囨 piao 剽 pie 氕 pin 姘 ping 乒 po 钋 pou 剖 pu 仆 qi 七 qia 掐 qian 千 qiang 呛 qiao 悄
    qie 苆 qin 亲 qing 靑 qiong 卭 qiu 丘 qu 区 quan 奍 que 缺 qun 夋 ran 呥 rang 穣 rao 娆 re 惹 ren 人 reng 扔
    ri 日 rong 戎 rou 厹 ru 邚 rua 挼 ruan 堧 rui 婑 run 瞤 ruo 捼 sa 仨 sai 毢 san 三 sang 桒 sao 掻 se 閪
    sen 森 seng 僧 sha 杀 shai 筛 shan 山 shang 伤 shao 弰 she 奢 shei 谁 shen 申 sheng 升 shi 尸 shou 収 shu 书
    shua 刷 shuai 衰 shuan 闩 shuang 双 shui 脽 shun 吮 shuo 说 si 厶 song 忪 sou 凁 su 苏 suan 狻 sui 夊 sun 孙
    suo 唆 ta 他 tai 囼 tan 坍 tang 汤 tao 夲 te 忑 teng 熥 ti 剔 tian 天 tiao 旫 tie 帖 ting 厅 tong 囲 tou 偷
    tu 凸 tuan 湍 tui 推 tun 吞 tuo 乇 wa 屲 wai 歪 wan 弯 wang 尣 wei 危 wen 昷 weng 翁 wo 挝 wu 乌 xi 夕 xia 虲
    xian 仙 xiang 乡 xiao 灱 xie 些 xin 心 xing 星 xiong 凶 xiu 休 xu 吁 xuan 吅 xue 削 xun 坃 ya 丫 yan 恹
    yang 央 yao 幺 ye 倻 yi 一 yin 囙 ying 应 yo 哟 yong 佣 you 优 yu 込 yuan 囦 yue 曰 yun 晕 za 帀 zai 災
    zan 兂 zang 匨 zao 傮 ze 则 zei 贼 zen 怎 zeng 増 zha 扎 zhai 夈 zhan 枬 zhang 张 zhao 佋 zhe 蜇 zhen 贞
    zheng 凧 zhi 之 zhong 中 zhou 州 zhu 朱 zhua 抓 zhuai 跩 zhuan 专 zhuang 妆 zhui 隹 zhun 宒 zhuo 拙 zi 乲
    zong 宗 zou 邹 zu 租 zuan 钻 zui 厜 zun 尊 zuo 昨
"""

SURNAMES = """
    单 shan 單 shan 曾 zeng 解 xie 仇 qiu 区 ou 區 ou 查 zha 盖 ge 蓋 ge 朴 piao 翟 zhai 乐 yue 樂 yue 员 yun 員 yun
    缪 miao 繆 miao 种 chong 繁 po 覃 qin 黑 he 秘 bi 折 she 召 shao 句 gou 么 yao 乜 nie 仉 zhang 佴 nai 能 nai
    祭 zhai 逄 pang 冼 xian 晁 chao 葛 ge 华 hua 華 hua 纪 ji 紀 ji 应 ying 應 ying 任 ren 尹 yin 贲 ben 賁 ben
    隗 wei 炔 gui 厍 she 洗 xian 宿 su 於 yu 俞 yu 柏 bai 费 fei 費 fei 阚 kan 闞 kan 牟 mou 郗 xi 谌 chen 諶 chen
    尉迟 yuchi 尉遲 yuchi 万俟 moqi 萬俟 moqi 单于 chanyu 單于 chanyu 长孙 zhangsun 長孫 zhangsun 澹台 tantai
    澹臺 tantai 乐正 yuezheng 樂正 yuezheng 中行 zhonghang
"""
"""Surnames that are read otherwise than the same characters in a text."""

COMPOUND = frozenset(
    """
    欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 东方 東方 皇甫 尉迟 尉遲 公孙 公孫 慕容 令狐 宇文 长孙 長孫 司徒 司空 夏侯
    端木 百里 南宫 南宮 东郭 東郭 呼延 轩辕 軒轅 鲜于 鮮于 闾丘 閭丘 申屠 公冶 澹台 澹臺 万俟 萬俟 单于 單于 赫连
    赫連 钟离 鍾離 濮阳 濮陽 淳于 仲孙 仲孫 独孤 獨孤 拓跋 左丘 西门 西門 亓官 司寇 颛孙 顓孫 巫马 巫馬 漆雕 乐正
    樂正 羊舌 梁丘 东门 東門
    """.split()
)
"""The surnames of two characters."""

COMMON = frozenset(
    "王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何高林罗羅郑鄭梁谢謝宋唐许許韩韓冯馮邓鄧曹彭曾肖萧蕭田董袁潘于蒋蔣蔡余杜"
    "叶葉程苏蘇魏吕呂丁任沈姚卢盧姜崔钟鍾谭譚陆陸汪范金石廖贾賈夏韦韋付傅方白邹鄒孟熊秦邱江尹薛闫閆段雷侯龙龍史陶黎贺賀"
    "顾顧毛郝龚龔邵万萬钱錢严嚴覃武戴莫孔向汤湯温溫康施文牛樊葛邢安齐齊易乔喬伍庞龐颜顏倪庄莊聂聶章鲁魯岳翟殷詹申欧歐耿关關"
    "兰蘭焦俞左柳甘祝包宁寧尚符舒阮柯纪紀梅童凌毕畢单單季裴霍涂成苗谷曲盛冉翁蓝藍路游辛靳欒管柴蒙鲍鮑华華喻祁蒲房滕屈饶饒"
    "解牟艾尤阳陽时時穆农農司卓古吉缪繆简簡车車项項连連芦蘆麦麥褚娄婁窦竇戚岑景党黨宫宮费費卜冷晏席卫衛米柏宗瞿桂全佟应應臧闵閔苟"
    "邬鄔边邊卞姬师師和仇栾丛叢隋沙盖蓋查巩鞏敖匡冼屠商练練仝尧堯骆駱楚都郎阎閻丘封池明池阴陰巫佘朴区區"
)
"""The surnames of one character that nearly all Chinese have, in both forms of the script."""

# Words whose first or second character is not read as it is by itself.
WORDS = """
    重庆 chongqing 重慶 chongqing 重建 chongjian 重构 chonggou 重構 chonggou 重复 chongfu 重複 chongfu 重组 chongzu
    重新 chongxin 重叠 chongdie 重排 chongpai 重返 chongfan 重塑 chongsu 增长 zengzhang 增長 zengzhang
    成长 chengzhang 成長 chengzhang 生长 shengzhang 生長 shengzhang 市长 shizhang 校长 xiaozhang 院长 yuanzhang
    部长 buzhang 银行 yinhang 銀行 yinhang 行业 hangye 行業 hangye 音乐 yinyue 音樂 yinyue 乐器 yueqi 乐府 yuefu
    朝鲜 chaoxian 朝鮮 chaoxian 朝代 chaodai 调整 tiaozheng 調整 tiaozheng 调控 tiaokong 调节 tiaojie 调和 tiaohe
    传记 zhuanji 傳記 zhuanji 自传 zizhuan 会计 kuaiji 會計 kuaiji 厦门 xiamen 廈門 xiamen 西藏 xizang 藏族 zangzu
    藏传 zangchuan 藏文 zangwen 宝藏 baozang 首都 shoudu 都市 dushi 成都 chengdu 着重 zhuozhong 弹性 tanxing
    彈性 tanxing 供给 gongji 給水 jishui 给水 jishui 角色 juese 差异 chayi 参差 cenci 人参 renshen 地理 dili
    地方 difang 地区 diqu 地區 diqu 地质 dizhi 地質 dizhi 地球 diqiu 地震 dizhen 地下 dixia 地域 diyu 地图 ditu
    地方 difang 土地 tudi 基地 jidi 湿地 shidi 当地 dangdi 本地 bendi 目的 mudi 没有 meiyou 还原 huanyuan
    還原 huanyuan 模样 muyang 柏林 bolin 拓片 tapian 校正 jiaozheng 校对 jiaodui 校勘 jiaokan 吐蕃 tubo 龟兹 qiuci
    月氏 yuezhi 蚌埠 bengbu 六安 luan 大夫 daifu 可汗 kehan 薄膜 bomo 薄弱 boruo 处理 chuli
"""
# The character that is read otherwise wherever a word begins with it.
INITIAL = {"长": "chang", "長": "chang", "地": "di", "得": "de", "都": "du", "重": "zhong"}

OPENINGS = "关于|關於|试论|試論|浅谈|浅析|略论|略論|略谈|论|論|基于|基於|对于|一种|一種"
"""What many titles begin with and no key should."""

PARTICLES = "[的了与與和及之在]"


def is_surname(text: str) -> bool:
    """Say whether this is a Chinese surname: one of the common ones, or one of two characters."""
    return text in COMMON or text in COMPOUND


def surname(text: str) -> str:
    """Return the reading of a family name: 单 is shan there, 单于 chanyu."""
    return _table(SURNAMES).get(text) or "".join(map(_reading, text))


def surname_of(name: str) -> str:
    """Return the characters of the surname in a whole name: 欧阳修 has 欧阳, 王维 has 王; "" when it is no name."""
    if len(name) > 4 or not re.fullmatch(f"{HAN}+", name):
        return ""
    if name[:2] in COMPOUND:
        return name[:2]
    return name[:1] if len(name) < 4 and name[:1] in COMMON else ""


def words(text: str) -> Iterator[str]:
    """Yield the readings of a title's words, taken two characters at a time, as most Chinese words are."""
    for run in re.findall(f"{HAN}+", text):
        run = re.sub(f"^(?:{OPENINGS})(?=..|$)", "", run)
        for part in re.split(PARTICLES, run):
            yield from (_word(part[start : start + 2]) for start in range(0, len(part), 2))


def _word(text: str) -> str:
    if known := _table(WORDS).get(text):
        return known
    first = INITIAL.get(text[:1]) or _reading(text[:1])
    return first + "".join(map(_reading, text[1:]))


def _reading(character: str) -> str:
    return _readings().get(character, "")


@lru_cache(maxsize=1)
def _readings() -> dict[str, str]:
    text = (Path(__file__).parent / "csl" / "pinyin.txt").read_text("utf-8")
    listed = "".join(text.split())
    pairs = SYLLABLES.split()
    starts = [listed.index(character) for character in pairs[1::2]]
    readings: dict[str, str] = {}
    for syllable, (start, end) in zip(pairs[::2], pairwise([*starts, len(listed)]), strict=True):
        readings.update(dict.fromkeys(listed[start:end], syllable))
    return readings


@lru_cache(maxsize=2)
def _table(text: str) -> dict[str, str]:
    cells = text.split()
    return dict(zip(cells[::2], cells[1::2], strict=True))
