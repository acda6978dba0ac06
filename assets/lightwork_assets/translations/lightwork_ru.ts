<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ru_RU" sourcelanguage="en">
<context>
    <name>sentences</name>
    <message>
        <source>Not contributing.</source>
        <translation>Участие не начато.</translation>
    </message>
    <message>
        <source>Preparing.</source>
        <translation>Подготовка.</translation>
    </message>
    <message>
        <source>Training - round {round}.</source>
        <translation>Обучение: раунд {round}.</translation>
    </message>
    <message>
        <source>Paused.</source>
        <translation>На паузе.</translation>
    </message>
    <message>
        <source>Waiting.</source>
        <translation>Ожидание.</translation>
    </message>
    <message>
        <source>Something went wrong.</source>
        <translation>Что-то пошло не так.</translation>
    </message>
    <message>
        <source>Preparing: connecting to the project.</source>
        <translation>Подготовка: подключение к проекту.</translation>
    </message>
    <message>
        <source>Preparing: downloading the model.</source>
        <translation>Подготовка: загрузка модели.</translation>
    </message>
    <message>
        <source>Preparing: downloading training data.</source>
        <translation>Подготовка: загрузка обучающих данных.</translation>
    </message>
    <message>
        <source>Preparing: loading the model onto the device.</source>
        <translation>Подготовка: модель загружается на устройство.</translation>
    </message>
    <message>
        <source>Waiting: this computer has done its share of round {round}; the round is still open for others.</source>
        <translation>Ожидание: этот компьютер выполнил свою часть раунда {round}; раунд ещё открыт для других.</translation>
    </message>
    <message>
        <source>Waiting: the project does not answer. Next try in {seconds} s; what was trained is kept.</source>
        <translation>Ожидание: проект не отвечает. Следующая попытка через {seconds} с; всё обученное сохранено.</translation>
    </message>
    <message>
        <source>Paused by you.</source>
        <translation>Пауза включена вами.</translation>
    </message>
    <message>
        <source>Paused: this computer runs on battery.</source>
        <translation>Пауза: компьютер работает от батареи.</translation>
    </message>
    <message>
        <source>Paused: the disk is nearly full.</source>
        <translation>Пауза: диск почти заполнен.</translation>
    </message>
    <message>
        <source>Paused: other programs need the memory.</source>
        <translation>Пауза: память нужна другим программам.</translation>
    </message>
    <message>
        <source>Training - round {round}, {seconds} s left.</source>
        <translation>Обучение: раунд {round}, осталось {seconds} с.</translation>
    </message>
    <message>
        <source>Training - round {round}, {minutes} min left.</source>
        <translation>Обучение: раунд {round}, осталось {minutes} мин.</translation>
    </message>
    <message>
        <source>Paused by you, for {minutes} more minutes.</source>
        <translation>Пауза включена вами, осталось {minutes} мин.</translation>
    </message>
    <message>
        <source>The settings file has a mistake. Correct or delete it, then start again.</source>
        <translation>В файле настроек ошибка. Исправьте или удалите его и запустите программу снова.</translation>
    </message>
    <message>
        <source>The keyring that holds your account is locked. Unlock it, then try again.</source>
        <translation>Связка ключей, в которой хранится ваша учётная запись, заблокирована. Разблокируйте её и повторите попытку.</translation>
    </message>
    <message>
        <source>The key of your account cannot be read. Restore it from a backup; nothing was replaced.</source>
        <translation>Ключ вашей учётной записи не читается. Восстановите его из резервной копии; ничего не было заменено.</translation>
    </message>
    <message>
        <source>The local record was damaged. It was set aside, and receipts are fetched again.</source>
        <translation>Локальный журнал был повреждён. Он отложен, квитанции загружаются заново.</translation>
    </message>
    <message>
        <source>The local record was written by a newer Lightwork. Install that version to go on.</source>
        <translation>Локальный журнал записан более новой версией Lightwork. Чтобы продолжить, установите её.</translation>
    </message>
    <message>
        <source>The disk is full. Free some space; training goes on from where it was.</source>
        <translation>Диск заполнен. Освободите место, и обучение продолжится с того же места.</translation>
    </message>
    <message>
        <source>Lightwork is already running for this user.</source>
        <translation>Lightwork уже запущен для этого пользователя.</translation>
    </message>
    <message>
        <source>Lightwork is not running.</source>
        <translation>Lightwork не запущен.</translation>
    </message>
    <message>
        <source>The running Lightwork is newer than this program. Update, or quit it first.</source>
        <translation>Уже запущен более новый Lightwork. Обновите эту программу или сначала завершите его.</translation>
    </message>
    <message>
        <source>Lightwork met a fault of its own. It is tried again; the log says more.</source>
        <translation>Внутренняя ошибка Lightwork. Попытка повторяется; подробности в журнале.</translation>
    </message>
    <message>
        <source>That is not a join link. It looks like lightwork://HOST/PROJECT-ID.</source>
        <translation>Это не ссылка проекта. Она выглядит так: lightwork://HOST/PROJECT-ID.</translation>
    </message>
    <message>
        <source>There is no such project here.</source>
        <translation>Такого проекта здесь нет.</translation>
    </message>
    <message>
        <source>The project&apos;s host does not answer. Check the connection; it is tried again by itself.</source>
        <translation>Сервер проекта не отвечает. Проверьте подключение; попытки повторяются автоматически.</translation>
    </message>
    <message>
        <source>The project needs a newer Lightwork. Update to go on.</source>
        <translation>Проекту нужна более новая версия Lightwork. Обновите программу, чтобы продолжить.</translation>
    </message>
    <message>
        <source>The project&apos;s host sent an answer that makes no sense. It is tried again by itself.</source>
        <translation>Сервер проекта прислал непонятный ответ. Попытки повторяются автоматически.</translation>
    </message>
    <message>
        <source>The project&apos;s host refused this computer.</source>
        <translation>Сервер проекта отказал этому компьютеру.</translation>
    </message>
    <message>
        <source>The project&apos;s description is not signed by the project. Do not trust this host.</source>
        <translation>Описание проекта не подписано самим проектом. Не доверяйте этому серверу.</translation>
    </message>
    <message>
        <source>The host offers an older description of the project than was seen before. It was refused.</source>
        <translation>Сервер предлагает более старое описание проекта, чем было получено раньше. Оно отклонено.</translation>
    </message>
    <message>
        <source>The project&apos;s description has expired. Its team has to renew it.</source>
        <translation>Срок действия описания проекта истёк. Его должна обновить команда проекта.</translation>
    </message>
    <message>
        <source>The project&apos;s description is not valid. It was refused.</source>
        <translation>Описание проекта некорректно. Оно отклонено.</translation>
    </message>
    <message>
        <source>The host sent a document that the project did not sign. It was refused.</source>
        <translation>Сервер прислал документ без подписи проекта. Документ отклонён.</translation>
    </message>
    <message>
        <source>A downloaded file is not what the project signed. It was deleted.</source>
        <translation>Загруженный файл не совпадает с тем, что подписал проект. Файл удалён.</translation>
    </message>
    <message>
        <source>The project names a file outside its own folder. It was refused.</source>
        <translation>Проект указал файл вне своей папки. Файл отклонён.</translation>
    </message>
    <message>
        <source>The project&apos;s model is of a kind that this version does not know.</source>
        <translation>Эта версия не знает моделей такого типа, как у проекта.</translation>
    </message>
    <message>
        <source>The project&apos;s model wants to run code of its own. Lightwork never does that.</source>
        <translation>Модель проекта требует запуска собственного кода. Lightwork этого никогда не делает.</translation>
    </message>
    <message>
        <source>The project&apos;s weights are damaged or do not fit its model. They were refused.</source>
        <translation>Веса проекта повреждены или не подходят к его модели. Они отклонены.</translation>
    </message>
    <message>
        <source>This computer&apos;s copy of the model differed from the project&apos;s. It is loaded afresh.</source>
        <translation>Копия модели на этом компьютере разошлась с моделью проекта. Она загружается заново.</translation>
    </message>
    <message>
        <source>An update or contribution is damaged. It was refused.</source>
        <translation>Обновление или вклад повреждены. Данные отклонены.</translation>
    </message>
    <message>
        <source>The training runtime is not installed. Run the installer again.</source>
        <translation>Среда обучения не установлена. Запустите установщик ещё раз.</translation>
    </message>
    <message>
        <source>The model does not fit into the memory that training may use on this device.</source>
        <translation>Модель не помещается в память, отведённую обучению на этом устройстве.</translation>
    </message>
    <message>
        <source>The chosen device is not there, or the training runtime cannot use it.</source>
        <translation>Выбранное устройство не найдено или не поддерживается средой обучения.</translation>
    </message>
    <message>
        <source>The device ran out of memory. Training goes on with smaller steps.</source>
        <translation>На устройстве не хватило памяти. Обучение продолжается меньшими шагами.</translation>
    </message>
    <message>
        <source>The training process ended unexpectedly. It is started again from its last checkpoint.</source>
        <translation>Процесс обучения неожиданно завершился. Он запускается снова с последней контрольной точки.</translation>
    </message>
    <message>
        <source>Training went astray on this computer. It starts again from the project&apos;s weights.</source>
        <translation>Обучение на этом компьютере разошлось. Оно начинается заново с весов проекта.</translation>
    </message>
    <message>
        <source>The practice project could not be started.</source>
        <translation>Не удалось запустить учебный проект.</translation>
    </message>
    <message>
        <source>The network port is in use by another program. Choose another one.</source>
        <translation>Сетевой порт занят другой программой. Выберите другой.</translation>
    </message>
    <message>
        <source>The recipe has a mistake.</source>
        <translation>В рецепте ошибка.</translation>
    </message>
    <message>
        <source>There is a project in that folder already.</source>
        <translation>В этой папке уже есть проект.</translation>
    </message>
    <message>
        <source>The project is being hosted by another process already.</source>
        <translation>Этот проект уже обслуживается другим процессом.</translation>
    </message>
    <message>
        <source>The host&apos;s records were written by a newer Lightwork. Install that version to go on.</source>
        <translation>Записи сервера сделаны более новой версией Lightwork. Чтобы продолжить, установите её.</translation>
    </message>
    <message>
        <source>Paused: a game is running.</source>
        <translation>На паузе: запущена игра.</translation>
    </message>
    <message>
        <source>Paused: a program fills the whole screen.</source>
        <translation>На паузе: программа открыта на весь экран.</translation>
    </message>
    <message>
        <source>Paused: another program needs the graphics card.</source>
        <translation>На паузе: видеокарта нужна другой программе.</translation>
    </message>
    <message>
        <source>Paused while you use this computer.</source>
        <translation>На паузе, пока вы работаете за компьютером.</translation>
    </message>
    <message>
        <source>Paused: outside the hours that you chose.</source>
        <translation>На паузе: сейчас не те часы, которые вы выбрали.</translation>
    </message>
    <message>
        <source>Paused: this network is paid by volume.</source>
        <translation>На паузе: трафик в этой сети платный.</translation>
    </message>
    <message>
        <source>Paused: other programs need the processor.</source>
        <translation>На паузе: процессор нужен другим программам.</translation>
    </message>
    <message>
        <source>Paused: the device is too hot.</source>
        <translation>На паузе: устройство перегрелось.</translation>
    </message>
    <message>
        <source>Paused: {cause} is running.</source>
        <translation>На паузе: запущена программа {cause}.</translation>
    </message>
    <message>
        <source>Paused: {cause} is running ({source}).</source>
        <translation>На паузе: запущена игра {cause} ({source}).</translation>
    </message>
    <message>
        <source>Paused: {cause} fills the whole screen.</source>
        <translation>На паузе: программа {cause} открыта на весь экран.</translation>
    </message>
    <message>
        <source>Paused: {cause} needs the graphics card.</source>
        <translation>На паузе: видеокарта нужна программе {cause}.</translation>
    </message>
    <message>
        <source>Paused: outside the hours that you chose, until {cause}.</source>
        <translation>На паузе до {cause}: сейчас не те часы, которые вы выбрали.</translation>
    </message>
    <message>
        <source>Paused: the device is too hot ({cause}).</source>
        <translation>На паузе: устройство перегрелось ({cause}).</translation>
    </message>
    <message>
        <source>Paused: all is quiet again. Training resumes in {seconds} s.</source>
        <translation>На паузе: снова тихо. Обучение продолжится через {seconds} с.</translation>
    </message>
    <message>
        <source>{memory} given back in {seconds} s</source>
        <translation>Возвращено {memory} за {seconds} с</translation>
    </message>
    <message>
        <source>{sense}: not watched, or not fully ({why})</source>
        <translation>{sense}: не отслеживается или не полностью ({why})</translation>
    </message>
    <message>
        <source>Running games</source>
        <translation>Запущенные игры</translation>
    </message>
    <message>
        <source>Steam</source>
        <translation>Steam</translation>
    </message>
    <message>
        <source>GameMode</source>
        <translation>GameMode</translation>
    </message>
    <message>
        <source>Full-screen windows</source>
        <translation>Полноэкранные окна</translation>
    </message>
    <message>
        <source>Keyboard and mouse</source>
        <translation>Клавиатура и мышь</translation>
    </message>
    <message>
        <source>Other programs on the graphics card</source>
        <translation>Другие программы на видеокарте</translation>
    </message>
    <message>
        <source>Battery</source>
        <translation>Аккумулятор</translation>
    </message>
    <message>
        <source>Metered network</source>
        <translation>Платная сеть</translation>
    </message>
    <message>
        <source>Other programs on the processor</source>
        <translation>Другие программы на процессоре</translation>
    </message>
    <message>
        <source>Heat</source>
        <translation>Нагрев</translation>
    </message>
    <message>
        <source>Disk space</source>
        <translation>Место на диске</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Память</translation>
    </message>
</context>
<context>
    <name>window</name>
    <message>
        <source>Join a project</source>
        <translation>Присоединиться к проекту</translation>
    </message>
    <message>
        <source>Join</source>
        <translation>Присоединиться</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Отмена</translation>
    </message>
    <message>
        <source>Project &amp;link:</source>
        <translation>&amp;Ссылка проекта:</translation>
    </message>
    <message>
        <source>Project link</source>
        <translation>Ссылка проекта</translation>
    </message>
    <message>
        <source>The project&apos;s signed description is checked first. Training starts when you press Contribute.</source>
        <translation>Сначала проверяется подписанное описание проекта. Обучение начнётся, когда вы нажмёте «Участвовать».</translation>
    </message>
    <message>
        <source>Asking the project…</source>
        <translation>Запрашиваем описание проекта…</translation>
    </message>
    <message>
        <source>Contribute</source>
        <translation>Участвовать</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Пауза</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Продолжить</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Повторить</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>Запуск</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>На паузе</translation>
    </message>
    <message>
        <source>Starting Lightwork.</source>
        <translation>Lightwork запускается.</translation>
    </message>
    <message>
        <source>Lightwork&apos;s background process ended. It is being started again.</source>
        <translation>Фоновый процесс Lightwork завершился. Он запускается снова.</translation>
    </message>
    <message>
        <source>Your receipts and the last checkpoint are safe.</source>
        <translation>Ваши квитанции и последняя контрольная точка сохранены.</translation>
    </message>
    <message>
        <source>Contribute starts with the practice project. To train with others, join a project.</source>
        <translation>«Участвовать» запустит учебный проект. Чтобы обучать вместе с другими, присоединитесь к проекту.</translation>
    </message>
    <message>
        <source>Rounds done: {done} of {wanted}.</source>
        <translation>Пройдено раундов: {done} из {wanted}.</translation>
    </message>
    <message>
        <source>Its background process did not start. Next try in {seconds} s.</source>
        <translation>Фоновый процесс не запустился. Следующая попытка через {seconds} с.</translation>
    </message>
    <message>
        <source>Lend this computer&apos;s idle power to {project}.</source>
        <translation>Свободная мощность этого компьютера пойдёт проекту «{project}».</translation>
    </message>
    <message>
        <source>Project</source>
        <translation>Проект</translation>
    </message>
    <message>
        <source>Practice</source>
        <translation>Учебный</translation>
    </message>
    <message>
        <source>Held-out loss: {first} in round {start}, {last} in round {end}.</source>
        <translation>Потери на контрольной выборке: {first} в раунде {start}, {last} в раунде {end}.</translation>
    </message>
    <message>
        <source>This computer</source>
        <translation>Этот компьютер</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Память</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>Сеть</translation>
    </message>
    <message>
        <source>Credits</source>
        <translation>Кредиты</translation>
    </message>
    <message>
        <source>Held-out loss</source>
        <translation>Потери (контроль)</translation>
    </message>
    <message>
        <source>Round</source>
        <translation>Раунд</translation>
    </message>
    <message>
        <source>Online</source>
        <translation>В сети</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>Параметры</translation>
    </message>
    <message>
        <source>No project yet</source>
        <translation>Проект ещё не выбран</translation>
    </message>
    <message>
        <source>Load</source>
        <translation>Загрузка</translation>
    </message>
    <message>
        <source>Power</source>
        <translation>Мощность</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>Температура</translation>
    </message>
    <message>
        <source>Tokens/s</source>
        <translation>Токенов/с</translation>
    </message>
    <message>
        <source>Uploaded today</source>
        <translation>Отправлено сегодня</translation>
    </message>
    <message>
        <source>Downloaded today</source>
        <translation>Получено сегодня</translation>
    </message>
    <message>
        <source>Upload</source>
        <translation>Отправка</translation>
    </message>
    <message>
        <source>Download</source>
        <translation>Получение</translation>
    </message>
    <message>
        <source>not reported</source>
        <translation>нет данных</translation>
    </message>
    <message>
        <source>Verified</source>
        <translation>Подтверждено</translation>
    </message>
    <message>
        <source>Pending</source>
        <translation>На проверке</translation>
    </message>
    <message>
        <source>Rejected</source>
        <translation>Отклонено</translation>
    </message>
    <message>
        <source>{amount} today</source>
        <translation>{amount} за сегодня</translation>
    </message>
    <message>
        <source>Memory: {used} of {total}</source>
        <translation>Память: {used} из {total}</translation>
    </message>
    <message>
        <source>Memory: {total}</source>
        <translation>Память: {total}</translation>
    </message>
    <message>
        <source>training: {size}</source>
        <translation>обучение: {size}</translation>
    </message>
    <message>
        <source>{number} W</source>
        <translation>{number} Вт</translation>
    </message>
    <message>
        <source>{number} °C</source>
        <translation>{number} °C</translation>
    </message>
    <message>
        <source>{name}: {value}</source>
        <translation>{name}: {value}</translation>
    </message>
    <message>
        <source>Pause for &amp;1 hour</source>
        <translation>Пауза на &amp;1 час</translation>
    </message>
    <message>
        <source>Pause for &amp;3 hours</source>
        <translation>Пауза на &amp;3 часа</translation>
    </message>
    <message>
        <source>Pause for</source>
        <translation>Пауза на время</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Остановить</translation>
    </message>
    <message>
        <source>Stop contributing. What was trained is kept.</source>
        <translation>Прекратить участие. Всё, что уже обучено, сохранится.</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Ход выполнения</translation>
    </message>
    <message>
        <source>{done} of {total}</source>
        <translation>{done} из {total}</translation>
    </message>
    <message>
        <source>{time} left</source>
        <translation>осталось {time}</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>Скрыть</translation>
    </message>
    <message>
        <source>{number} B</source>
        <translation>{number} Б</translation>
    </message>
    <message>
        <source>{number} kB</source>
        <translation>{number} кБ</translation>
    </message>
    <message>
        <source>{number} MB</source>
        <translation>{number} МБ</translation>
    </message>
    <message>
        <source>{number} GB</source>
        <translation>{number} ГБ</translation>
    </message>
    <message>
        <source>{number} TB</source>
        <translation>{number} ТБ</translation>
    </message>
    <message>
        <source>{size}/s</source>
        <translation>{size}/с</translation>
    </message>
    <message>
        <source>{number} %</source>
        <translation>{number} %</translation>
    </message>
    <message>
        <source>{hours} h {minutes} min</source>
        <translation>{hours} ч {minutes} мин</translation>
    </message>
    <message>
        <source>{seconds} s</source>
        <translation>{seconds} с</translation>
    </message>
    <message>
        <source>{minutes} min</source>
        <translation>{minutes} мин</translation>
    </message>
    <message>
        <source>under {number}</source>
        <translation>менее {number}</translation>
    </message>
    <message>
        <source>&amp;Open Lightwork</source>
        <translation>&amp;Открыть Lightwork</translation>
    </message>
    <message>
        <source>&amp;Quit and stop training</source>
        <translation>&amp;Выйти и остановить обучение</translation>
    </message>
    <message>
        <source>Join a project…</source>
        <translation>Присоединиться к проекту…</translation>
    </message>
    <message>
        <source>More</source>
        <translation>Ещё</translation>
    </message>
    <message>
        <source>Close &amp;window</source>
        <translation>&amp;Закрыть окно</translation>
    </message>
    <message>
        <source>Closing this window does not stop training.</source>
        <translation>Если закрыть это окно, обучение не прервётся.</translation>
    </message>
    <message>
        <source>Training goes on by itself then.</source>
        <translation>После этого обучение продолжится само.</translation>
    </message>
    <message>
        <source>computing {share} of the time</source>
        <translation>вычисления {share} времени</translation>
    </message>
    <message>
        <source>today {number} kWh</source>
        <translation>сегодня {number} кВт·ч</translation>
    </message>
    <message>
        <source>{number} kg CO₂</source>
        <translation>{number} кг CO₂</translation>
    </message>
    <message>
        <source>at this rate {money} a day</source>
        <translation>в таком темпе {money} в день</translation>
    </message>
    <message>
        <source>at this rate {number} kWh a day</source>
        <translation>в таком темпе {number} кВт·ч в день</translation>
    </message>
</context>
</TS>
