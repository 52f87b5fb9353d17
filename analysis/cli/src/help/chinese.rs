//! English help and its Chinese, by the English text.

pub(super) fn of(english: &str) -> Option<&'static str> {
    let found = TEXTS.iter().find(|(text, _)| *text == english);
    found.map(|(_, chinese)| *chinese)
}

pub(super) const TEXTS: &[(&str, &str)] = &[
    (
        "Exact numbers of metrology: GB/T 8170 rounding and limits, notation, units, statistics",
        "计量的精确数值：GB/T 8170 数值修约与极限数值判定、专业符号、单位、统计",
    ),
    ("Answer as one JSON object", "以一个 JSON 对象输出"),
    (
        "Language of help and answers; without it, that of LC_ALL, LC_MESSAGES or LANG",
        "帮助和输出的语言；缺省取 LC_ALL、LC_MESSAGES、LANG",
    ),
    (
        "Round a measured value once (GB/T 8170-2008 clause 3)",
        "把测量值修约一次（GB/T 8170-2008 第 3 章）",
    ),
    (
        "The value, or a reported value with its mark such as 16.50(-)",
        "数值，或带标记的报出值，如 16.50(-)",
    ),
    (
        "Rounding interval k·10ⁿ, such as 0.1, 0.05 or 20",
        "修约间隔 k·10ⁿ，如 0.1、0.05、20",
    ),
    (
        "Significant digits instead of an interval",
        "以有效位数代替修约间隔",
    ),
    (
        "Judge a value against a limit by both methods (GB/T 8170-2008 clause 4)",
        "按两种方法判定数值是否符合极限数值（GB/T 8170-2008 第 4 章）",
    ),
    (
        "The limit as the document writes it: ≥14×100, 10.0±0.1(不含0.1), 510Ω(1±5%)",
        "文件中写的极限数值：≥14×100、10.0±0.1(不含0.1)、510Ω(1±5%)",
    ),
    (
        "The measured value; with a mark it is a reported value",
        "测量值；带标记时为报出值",
    ),
    (
        "The document that declares the rounded-value method; without it the full-value method decides",
        "规定采用修约值比较法的文件；不给时按全数值比较法判定",
    ),
    (
        "Rounding interval when the document fixes one",
        "文件规定的修约间隔",
    ),
    (
        "Read a notation and print its parts and canonical writing",
        "识读计量专业符号，输出各部分和规范写法",
    ),
    (
        "limit, limit_deviation, limit_relative, range, mpe, class, uncertainty, number, unit or quantity",
        "limit 极限数值、limit_deviation 偏差、limit_relative 相对偏差、range 范围、mpe 最大允许误差、class 等级、uncertainty 不确定度、number 数、unit 单位、quantity 量",
    ),
    ("The text", "文本"),
    ("Convert between units exactly", "单位精确换算"),
    ("The number", "数值"),
    ("Unit of the number", "数值的单位"),
    ("Unit wanted", "换算到的单位"),
    ("Interval to round the result to", "结果的修约间隔"),
    (
        "Statistics of numbers in a file: mean and s, or a subcommand",
        "一列数的平均值、标准偏差和自相关；其余见子命令",
    ),
    (
        "File with one number per line, or a CSV with a header; - is standard input",
        "每行一个数的文件，或带表头的 CSV；- 为标准输入",
    ),
    ("Column of the CSV by its header", "CSV 的列，按表头"),
    (
        "Straggler and outlier of a normal sample (GB/T 4883-2008)",
        "正态样本的歧离值与统计离群值（GB/T 4883-2008）",
    ),
    ("Test to apply", "检验方法"),
    ("Side to look at", "检验的一侧"),
    (
        "Robust mean and standard deviation, Algorithm A (ISO 13528)",
        "稳健平均值和标准差，算法 A（ISO 13528）",
    ),
    (
        "Shewhart chart of individuals and moving ranges (GB/T 17989.2)",
        "单值-移动极差控制图（GB/T 17989.2）",
    ),
    (
        "Exponentially weighted moving average (GB/T 17989.6)",
        "指数加权移动平均控制图（GB/T 17989.6）",
    ),
    ("Target, or the historical mean", "目标值或历史平均值"),
    ("Standard deviation of one value", "单个值的标准差"),
    (
        "Weight of the newest value, above 0 and at most 1",
        "最新值的权，大于 0、不大于 1",
    ),
    (
        "Width of the limits in standard deviations of the average",
        "控制限宽度，以平均值的标准差为单位",
    ),
    (
        "Cumulative sums above and below a target (GB/T 17989.4)",
        "目标值上下的累积和控制图（GB/T 17989.4）",
    ),
    ("Target", "目标值"),
    (
        "Slack K, half the shift to be found, in units of the data",
        "松弛量 K，为要发现的偏移的一半，单位同数据",
    ),
    (
        "Decision interval H, in units of the data",
        "判定区间 H，单位同数据",
    ),
    (
        "Repeatability of a measurement standard from at least ten readings (JJF 1033 C.1)",
        "计量标准的重复性，至少十次读数（JJF 1033 C.1）",
    ),
    (
        "Stability of a measurement standard; every column of a CSV is a group (JJF 1033 C.2)",
        "计量标准的稳定性；CSV 的每列为一组（JJF 1033 C.2）",
    ),
    (
        "CSV with a header; - is standard input",
        "带表头的 CSV；- 为标准输入",
    ),
    (
        "Columns that are groups, in order of time; without it, all",
        "作为各组的列，按时间顺序；不给时为全部列",
    ),
    (
        "E_n, z, z′ or ζ of one result (ISO 13528)",
        "一个结果的 E_n、z、z′ 或 ζ（ISO 13528）",
    ),
    ("Which score", "比分的种类"),
    ("The result", "结果"),
    ("The assigned or reference value", "指定值或参考值"),
    (
        "Standard deviation for proficiency assessment (z, z′)",
        "能力评定标准差（z、z′）",
    ),
    (
        "Uncertainty of the result: standard for ζ, expanded for E_n",
        "结果的不确定度：ζ 用标准不确定度，E_n 用扩展不确定度",
    ),
    (
        "Uncertainty of the assigned value: standard for z′ and ζ, expanded for E_n",
        "指定值的不确定度：z′、ζ 用标准不确定度，E_n 用扩展不确定度",
    ),
    (
        "Weighted mean of several laboratories with its χ² test and E_n (JJF 1117)",
        "多家实验室的加权平均值、χ² 检验和 E_n（JJF 1117）",
    ),
    ("Column of the values", "值所在的列"),
    ("Column of their standard uncertainties", "其标准不确定度所在的列"),
    (
        "Least squares with standard uncertainties",
        "最小二乘拟合及其标准不确定度",
    ),
    ("Column of the abscissa", "横坐标所在的列"),
    ("Column of the ordinate", "纵坐标所在的列"),
    ("Degree of the polynomial", "多项式次数"),
    ("A line through the origin", "过原点的直线"),
    (
        "Tables of energy accounting with their editions (GB 17167, GB/T 2589)",
        "能源计量与综合能耗的表及其版本（GB 17167、GB/T 2589）",
    ),
    (
        "Name of one table; without it, the names of all",
        "表名；不给时列出全部表名",
    ),
    (
        "Combine an uncertainty budget and print its table (JJF 1059.1, GUM)",
        "合成不确定度并输出一览表（JJF 1059.1、GUM）",
    ),
    (
        "The budget file (TOML); - is standard input",
        "不确定度评定文件（TOML）；- 为标准输入",
    ),
    ("Print an HTML fragment", "输出 HTML 片段"),
    (
        "Print a Markdown table; this is the default",
        "输出 Markdown 表；为默认",
    ),
    (
        "Check it by Monte Carlo (JJF 1059.2); adaptive unless --trials is given",
        "用蒙特卡洛法验证（JJF 1059.2）；不给 --trials 时自适应",
    ),
    (
        "Seed of the random numbers; the same seed gives the same digits on every machine",
        "随机数种子；同一种子在任何机器上数字相同",
    ),
    ("A fixed number of trials", "固定的试验次数"),
    (
        "Digits of u that must stand: 1 or 2",
        "u 应稳定的有效位数：1 或 2",
    ),
    (
        "Judge frozen evidence by a procedure file, a comparison or a period check (期间核查); exit code 0 conforms, 1 does not, 3 is inconclusive",
        "按规程文件对冻结的证据（在线比对或期间核查）作出结论；退出码 0 符合、1 不符合、3 待定",
    ),
    ("The procedure file (TOML)", "规程文件（TOML）"),
    (
        "The frozen evidence (JSON); - is standard input",
        "冻结的证据（JSON）；- 为标准输入",
    ),
    (
        "Check a procedure file: units, symbols, limits, bins",
        "检查规程文件：单位、符号、极限、分区",
    ),
    (
        "The procedure file (TOML); - is standard input",
        "规程文件（TOML）；- 为标准输入",
    ),
    (
        "Suspect the sub-meters that run wrong, from months of readings against a master meter",
        "由数月的总表与分表读数，找出可疑的分表",
    ),
    ("CSV of readings; - is standard input", "读数的 CSV；- 为标准输入"),
    (
        "Whether a cell is a register at the end of an interval or the energy of the interval; without it, registers if the master's column only grows",
        "单元格是区间末的示值还是区间内的电量；不给时，总表一列只增则为示值",
    ),
    (
        "Length of an interval; without it, the commonest step between two lines",
        "区间长度；不给时取两行间最常见的步长",
    ),
    (
        "Step of all registers, multiplier included; without it, what each column shows",
        "所有示值的分辨力（含倍率）；不给时取各列所示",
    ),
    (
        "Standard uncertainty of the constant error of the master, in percent",
        "总表恒定误差的标准不确定度，%",
    ),
    (
        "Answer JSON Lines on standard input",
        "对标准输入的 JSON Lines 逐行作答",
    ),
];
